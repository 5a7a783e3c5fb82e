/* The real functions behind the interposed ones. `S5A_REAL(connect)(fd, …)` calls libc's own. */
#pragma once

#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <resolv.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "shim/datagrams/fortified_twins.h"
#include "shim/names/resolver_twins.h"

enum s5a_call {
#define CALL(name, kind) S5A_CALL_##name,
#include "shim/calls.h"
#undef CALL
    S5A_CALLS
};

struct s5a_real {
#define CALL(name, kind) __typeof__(name) *name;
#include "shim/calls.h"
#undef CALL
};

extern struct s5a_real s5a_real;

/* Finds one real function and stores its pointer: the next definition behind the shim, or a
 * function that fails with ENOSYS. Never fails, preserves errno, may run before constructors and
 * in several threads at once. */
void s5a_real_resolve(enum s5a_call call);

#define S5A_REAL(name)                                                                      \
    (*__extension__({                                                                       \
        if (__builtin_expect(__atomic_load_n(&s5a_real.name, __ATOMIC_ACQUIRE) == NULL, 0)) \
            s5a_real_resolve(S5A_CALL_##name);                                              \
        __atomic_load_n(&s5a_real.name, __ATOMIC_ACQUIRE);                                  \
    }))

/* Resolution of the real functions, lazily, one at a time. */
#include "shim/real.h"

#include <errno.h>

struct s5a_real s5a_real;

static long missing_INT(void)
{
    errno = ENOSYS;
    return -1;
}

static void *missing_POINTER(void)
{
    errno = ENOSYS;
    return NULL;
}

static int missing_GAI(void)
{
    errno = ENOSYS;
    return EAI_SYSTEM;
}

/* Cannot be: libc has them. */
static void missing_END(void)
{
    __builtin_trap();
}

struct row {
    const char *name;
    void **pointer;
    void (*missing)(void);
};

static const struct row rows[S5A_CALLS] = {
#define CALL(function, kind) \
    { #function, (void **)&s5a_real.function, (void (*)(void))missing_##kind },
#include "shim/calls.h"
#undef CALL
};

void s5a_real_resolve(enum s5a_call call)
{
    int saved = errno;
    const struct row *row = &rows[call];
    void *found = dlsym(RTLD_NEXT, row->name);
    if (found == NULL)
        found = __extension__(void *) row->missing;
    __atomic_store_n(row->pointer, found, __ATOMIC_RELEASE);
    errno = saved;
}

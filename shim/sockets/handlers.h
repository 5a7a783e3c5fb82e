/* The program's signal handlers, asked of the kernel. */
#pragma once

#include <signal.h>
#include <stdbool.h>

struct s5a_handlers {
    sigset_t restarting; /* signals whose handlers are installed with SA_RESTART */
    sigset_t ending;     /* … without: they end a system call */
    bool has_restarting;
    bool has_ending;
};

void s5a_handlers_find(struct s5a_handlers *out);
/* Is one of `some` waiting for this thread, blocked? */
bool s5a_is_signalled(const sigset_t *some);

/* The program's signal handlers, asked of the kernel. */
#pragma once

#include <signal.h>
#include <stdbool.h>

struct s5a_handlers {
    sigset_t restarting; /* installed with SA_RESTART */
    bool has_restarting;
    bool has_ending; /* without */
};

void s5a_handlers_find(struct s5a_handlers *out);

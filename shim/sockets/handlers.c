/* The program's signal handlers. */
#include "shim/sockets/handlers.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/real.h"

/* Bit n - 1: signal n is caught. All of them where /proc is not there. */
static uint64_t caught_signals(void)
{
    static const char label[] = "SigCgt:";
    char text[4096];
    int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return ~UINT64_C(0);
    ssize_t len = read(file, text, sizeof text - 1);
    S5A_REAL(close)(file);
    text[len > 0 ? len : 0] = '\0';
    const char *found = strstr(text, label);
    return found == NULL ? ~UINT64_C(0) : strtoull(found + sizeof label - 1, NULL, 16);
}

static void add(struct s5a_handlers *out, int number)
{
    struct sigaction action;
    if (sigaction(number, NULL, &action) != 0)
        return;
    if ((action.sa_flags & SA_SIGINFO) == 0 &&
        (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN))
        return;
    bool restarts = (action.sa_flags & SA_RESTART) != 0;
    sigaddset(restarts ? &out->restarting : &out->ending, number);
    *(restarts ? &out->has_restarting : &out->has_ending) = true;
}

void s5a_handlers_find(struct s5a_handlers *out)
{
    uint64_t caught = caught_signals();
    out->has_restarting = out->has_ending = false;
    sigemptyset(&out->restarting);
    sigemptyset(&out->ending);
    for (int number = 1; caught != 0; number++, caught >>= 1)
        if ((caught & 1) != 0)
            add(out, number);
}

bool s5a_is_signalled(const sigset_t *some)
{
    sigset_t pending, both;
    return sigpending(&pending) == 0 && sigandset(&both, &pending, some) == 0 &&
           !sigisemptyset(&both);
}

/* Waiting as a blocking system call of the kernel waits. */
#include "shim/sockets/patience.h"

#include <errno.h>
#include <signal.h>

#include "shim/real.h"
#include "shim/result.h"
#include "shim/sockets/handlers.h"

enum {
    BRIEF_MS = 4, /* what a near proxy needs: not worth looking at the handlers before */
    SLICE_MS = 10
};

static bool is_set(struct timeval at)
{
    return at.tv_sec != 0 || at.tv_usec != 0;
}

/* SO_SNDTIMEO bounds connect(), and a non-blocking socket ignores it: so the flags need no change
 * under other threads. */
int s5a_connect_patiently(int fd, const struct s5a_sockaddr *to, struct timeval own,
                          uint64_t deadline)
{
    struct timeval brief = { 0, BRIEF_MS * 1000 };
    bool is_brief = is_set(own) && own.tv_sec == 0 && own.tv_usec <= brief.tv_usec;
    if (s5a_now() >= deadline)
        return -ETIMEDOUT;
    if (!is_brief)
        S5A_REAL(setsockopt)(fd, SOL_SOCKET, SO_SNDTIMEO, &brief, sizeof brief);
    int result = (int)s5a_from_libc(
        S5A_REAL(connect)(fd, (const struct sockaddr *)&to->at, to->len));
    if (!is_brief)
        S5A_REAL(setsockopt)(fd, SOL_SOCKET, SO_SNDTIMEO, &own, sizeof own);
    return result;
}

static int poll_once(int fd, short events, int ms, const sigset_t *mask)
{
    struct pollfd one = { .fd = fd, .events = events };
    struct timespec time = { ms / 1000, ms % 1000 * 1000000L };
    return (int)s5a_from_libc(ppoll(&one, 1, &time, mask));
}

/* Handlers of one kind alone: each EINTR says the same. */
static int wait_plainly(int fd, short events, uint64_t until, bool is_ended)
{
    for (;;) {
        int left = s5a_left(until, s5a_now());
        int ready = poll_once(fd, events, left, NULL);
        if (ready > 0 || (ready == 0 && left == 0))
            return ready;
        if (ready < 0 && (ready != -EINTR || is_ended))
            return ready;
    }
}

static bool is_any_pending(const sigset_t *some)
{
    sigset_t pending, both;
    return sigpending(&pending) == 0 && sigandset(&both, &pending, some) == 0 &&
           !sigisemptyset(&both);
}

/* Signals whose handlers restart are held back while it waits, so that EINTR comes of the others
 * alone, and let in between. */
static int wait_in_slices(int fd, short events, uint64_t until, const struct s5a_handlers *handlers)
{
    sigset_t mask, normal;
    pthread_sigmask(SIG_SETMASK, NULL, &normal);
    sigorset(&mask, &normal, &handlers->restarting);
    for (;;) {
        int left = s5a_left(until, s5a_now());
        int ready = poll_once(fd, events, left < SLICE_MS ? left : SLICE_MS, &mask);
        if (ready != 0 || left == 0)
            return ready;
        if (is_any_pending(&handlers->restarting)) {
            ready = poll_once(fd, events, 0, &normal);
            if (ready != 0 && ready != -EINTR)
                return ready;
        }
    }
}

int s5a_wait_patiently(int fd, short events, uint64_t until)
{
    struct s5a_handlers handlers;
    int left = s5a_left(until, s5a_now());
    int ready = poll_once(fd, events, left < BRIEF_MS ? left : BRIEF_MS, NULL);
    if (ready > 0 || (ready == 0 && left <= BRIEF_MS))
        return ready;
    if (ready < 0 && (ready != -EINTR || s5a_is_interrupted()))
        return ready;
    s5a_handlers_find(&handlers);
    if (handlers.has_restarting && handlers.has_ending)
        return wait_in_slices(fd, events, until, &handlers);
    return wait_plainly(fd, events, until, handlers.has_ending);
}

bool s5a_is_interrupted(void)
{
    struct s5a_handlers handlers;
    s5a_handlers_find(&handlers);
    return handlers.has_ending;
}

/* Waiting as a blocking system call of the kernel waits. */
#include "shim/sockets/patience.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>

#include "client/clock.h"
#include "shim/engine/private.h"
#include "shim/result.h"
#include "shim/sockets/handlers.h"

enum {
    BRIEF_MS = 4, /* what a near proxy needs: not worth looking at the handlers before */
    SLICE_MS = 10
};

static int poll_for(struct pollfd *fds, nfds_t count, int ms, const sigset_t *mask)
{
    struct timespec time = { ms / 1000, ms % 1000 * 1000000L };
    return (int)s5a_from_libc(ppoll(fds, count, &time, mask));
}

static int poll_once(int fd, short events, int ms, const sigset_t *mask)
{
    struct pollfd one = { .fd = fd, .events = events };
    return poll_for(&one, 1, ms, mask);
}

/* ---- handlers run while it waits ---- */

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
        ready = poll_once(fd, events, 0, &normal);
        if (ready != 0 && ready != -EINTR)
            return ready;
    }
}

int s5a_wait_patiently(int fd, short events, uint64_t until, bool is_bounded)
{
    struct s5a_handlers handlers;
    if (is_bounded)
        return wait_plainly(fd, events, until, true);
    s5a_handlers_find(&handlers);
    if (handlers.has_restarting && handlers.has_ending)
        return wait_in_slices(fd, events, until, &handlers);
    return wait_plainly(fd, events, until, handlers.has_ending);
}

/* ---- handlers run when it is over ---- */

struct held {
    sigset_t caught; /* what is not to run yet */
    sigset_t mask;   /* that, and what the program itself blocks */
};

/* What the program has a handler for and does not block: the rest is the kernel's business. */
static bool find_caught(const struct s5a_handlers *handlers, const sigset_t *normal, sigset_t *out)
{
    sigorset(out, &handlers->restarting, &handlers->ending);
    for (int number = 1; number < NSIG; number++)
        if (sigismember(out, number) == 1 && sigismember(normal, number) == 1)
            sigdelset(out, number);
    return !sigisemptyset(out);
}

/* The thread may be cancelled while it polls, and nowhere else: it holds descriptors. */
static int poll_cancellably(struct pollfd *fds, nfds_t count, int ms, const sigset_t *mask,
                            int state)
{
    int disabled;
    pthread_setcancelstate(state, &disabled);
    int ready = poll_for(fds, count, ms, mask);
    pthread_setcancelstate(disabled, NULL);
    return ready;
}

/* Until one of both shows something; where there is no descriptor for the signals, in slices. */
static int poll_both(struct pollfd both[static 2], uint64_t until, const struct held *held,
                     int state)
{
    while (s5a_now() < until && !s5a_is_signalled(&held->caught)) {
        int left = s5a_left(until, s5a_now());
        bool is_deaf = both[1].fd < 0 && left > SLICE_MS;
        int ready = poll_cancellably(both, 2, is_deaf ? SLICE_MS : left, &held->mask, state);
        if (ready != 0)
            return ready;
    }
    return 0;
}

static int wait_for_either(struct pollfd one, uint64_t until, const struct held *held, int state)
{
    int alarm = signalfd(-1, &held->caught, SFD_CLOEXEC | SFD_NONBLOCK);
    int ready;
    alarm = alarm < 0 ? -1 : s5a_private_move(alarm);
    struct pollfd both[2] = { one, { .fd = alarm, .events = POLLIN } };
    pthread_cleanup_push(s5a_private_close_at, &alarm);
    ready = poll_both(both, until, held, state);
    pthread_cleanup_pop(1);
    if (ready < 0)
        return ready;
    return both[0].revents != 0 ? 1 : s5a_is_signalled(&held->caught) ? -EINTR : 0;
}

static int wait_alertly(struct pollfd one, uint64_t until, const sigset_t *normal, bool *is_ended,
                        int state)
{
    struct s5a_handlers handlers;
    struct held held;
    int left = s5a_left(until, s5a_now());
    int ready = poll_cancellably(&one, 1, left < BRIEF_MS ? left : BRIEF_MS, NULL, state);
    if (ready != 0 || left <= BRIEF_MS)
        return ready;
    s5a_handlers_find(&handlers);
    if (!find_caught(&handlers, normal, &held.caught))
        return poll_cancellably(&one, 1, s5a_left(until, s5a_now()), normal, state);
    sigorset(&held.mask, normal, &held.caught);
    ready = wait_for_either(one, until, &held, state);
    *is_ended = ready == -EINTR && s5a_is_signalled(&handlers.ending);
    return ready;
}

int s5a_wait_alertly(int fd, short events, uint64_t until, const sigset_t *normal, bool *is_ended)
{
    struct pollfd one = { .fd = fd, .events = events };
    int state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    int ready = wait_alertly(one, until, normal, is_ended, state);
    pthread_setcancelstate(state, NULL);
    return ready;
}

/* Connecting to a proxy, in the calling thread and with as few system calls as a deadline allows. */
#include "client/session/dial.h"

#include <errno.h>
#include <sys/time.h>

#include "client/session/dial_wait.h"

/* A blocking connect() is bounded by SO_SNDTIMEO, which a non-blocking one ignores; so there is no
 * need to know which it is, nor to change its flags under other threads. */
struct send_timeout {
    struct timeval own; /* as the program set it; 0: none */
    bool is_known;
    bool is_changed;
};

static uint64_t timeval_ms(struct timeval at)
{
    return (uint64_t)at.tv_sec * 1000 + (uint64_t)at.tv_usec / 1000;
}

static bool is_set(struct timeval at)
{
    return at.tv_sec != 0 || at.tv_usec != 0;
}

static void learn(const struct s5a_io *io, int fd, struct send_timeout *timeout)
{
    socklen_t len = sizeof timeout->own;
    if (!timeout->is_known && io->getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout->own, &len) == 0)
        timeout->is_known = true;
}

static void bound(const struct s5a_io *io, int fd, struct send_timeout *timeout, int left)
{
    struct timeval bounded = { left / 1000, left % 1000 * 1000 };
    learn(io, fd, timeout);
    if (!timeout->is_known || (is_set(timeout->own) && timeval_ms(timeout->own) <= (uint64_t)left))
        return;
    if (io->setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bounded, sizeof bounded) == 0)
        timeout->is_changed = true;
}

static void restore(const struct s5a_io *io, int fd, const struct send_timeout *timeout)
{
    if (timeout->is_changed)
        io->setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout->own, sizeof timeout->own);
}

/* The end of a blocking connect(), as the program's own time-out has it. */
static uint64_t own_end(const struct send_timeout *timeout, uint64_t start)
{
    return is_set(timeout->own) ? start + timeval_ms(timeout->own) : UINT64_MAX;
}

/* 0, an errno that ends it, or EINPROGRESS or EINTR: ask again later. `again` tells a connection of
 * ours that is under way from a socket that was in use before. Asking connect() itself for the
 * outcome, not SO_ERROR, leaves the socket as a blocking connect() would. */
static int try(const struct s5a_io *io, int fd, const struct s5a_sockaddr *to, bool again)
{
    if (io->connect(fd, (const struct sockaddr *)&to->at, to->len) == 0)
        return 0;
    if (again && errno == EISCONN)
        return 0;
    return again && errno == EALREADY ? EINPROGRESS : errno;
}

/* Until the connection is no longer in progress: 1, 0 at the end of its time, -errno. EINTR shows
 * that the socket blocks; EINPROGRESS either that it does not or that its own time is over. */
static int wait_connected(const struct s5a_io *io, int fd, int error,
                          const struct send_timeout *timeout, uint64_t start, uint64_t deadline)
{
    enum { TICK = 10 }; /* ms: the kernel counts in ticks */
    uint64_t end = own_end(timeout, start);
    if (error == EINTR)
        deadline = end < deadline ? end : deadline;
    else if (end <= s5a_now() + TICK)
        return 0;
    return s5a_dial_wait(io, fd, POLLOUT, deadline);
}

static int connect_within(const struct s5a_io *io, int fd, const struct s5a_sockaddr *to,
                          uint64_t deadline, struct send_timeout *timeout)
{
    bool is_unix = to->at.ss_family == AF_UNIX; /* waits for the backlog, is never in progress */
    uint64_t start = s5a_now();
    int left = s5a_left(deadline, start);
    for (bool again = false; left > 0; again = true) {
        if (is_unix || !again)
            bound(io, fd, timeout, left);
        int error = try(io, fd, to, again);
        if (error == 0)
            return 0;
        left = s5a_left(deadline, s5a_now());
        if (error != EINPROGRESS && error != EINTR)
            return error == EAGAIN && is_unix && left == 0 ? -ETIMEDOUT : -error;
        learn(io, fd, timeout);
        int ready = is_unix ? 1 : wait_connected(io, fd, error, timeout, start, deadline);
        if (ready <= 0)
            return ready < 0 ? ready : -ETIMEDOUT;
        left = s5a_left(deadline, s5a_now());
    }
    return -ETIMEDOUT;
}

int s5a_dial_connect(const struct s5a_io *io, int fd, const struct s5a_sockaddr *to,
                     uint64_t deadline)
{
    struct send_timeout timeout = { .is_known = false };
    int result = connect_within(io, fd, to, deadline, &timeout);
    restore(io, fd, &timeout);
    return result;
}

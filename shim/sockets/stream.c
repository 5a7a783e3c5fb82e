/* Streams: a TCP socket of the program is connected through a proxy. */
#include "shim/sockets/stream.h"

#include <errno.h>
#include <pthread.h>

#include "shim/engine/pending.h"
#include "shim/engine/private.h"
#include "shim/engine/swap.h"
#include "shim/lock.h"
#include "shim/real.h"
#include "shim/sockets/attempt.h"
#include "shim/sockets/descriptors.h"
#include "shim/sockets/patience.h"
#include "shim/sockets/standin.h"

static bool is_blocking(int fd)
{
    int flags = S5A_REAL(fcntl)(fd, F_GETFL);
    return flags >= 0 && (flags & O_NONBLOCK) == 0;
}

/* When a blocking connect() returns, though nothing is known yet: the program's own SO_SNDTIMEO. */
static uint64_t programs_limit(struct s5a_attempt *a)
{
    socklen_t len = sizeof a->send_timeout;
    a->send_timeout = (struct timeval){ 0, 0 };
    if (S5A_REAL(getsockopt)(a->own, SOL_SOCKET, SO_SNDTIMEO, &a->send_timeout, &len) != 0)
        return UINT64_MAX;
    uint64_t own = (uint64_t)a->send_timeout.tv_sec * 1000 +
                   (uint64_t)(a->send_timeout.tv_usec + 999) / 1000;
    return own == 0 ? UINT64_MAX : s5a_now() + own;
}

/* 0 or -errno; -EINTR and -EINPROGRESS where the call is to end and the attempt to go on. */
static int drive(struct s5a_attempt *a, uint64_t until)
{
    bool ready = false;
    for (;;) {
        int result = s5a_attempt_step(a, ready);
        if (result != -EINPROGRESS)
            return result;
        if (a->is_interrupted && s5a_is_interrupted())
            return -EINTR;
        a->is_interrupted = false;
        uint64_t limit = s5a_attempt_limit(a);
        int waited = s5a_wait_patiently(s5a_attempt_socket(a), s5a_attempt_events(a),
                                        limit < until ? limit : until);
        if (waited == -EINTR)
            return -EINTR;
        if (waited == 0 && s5a_now() >= until)
            return -EINPROGRESS;
        ready = waited != 0;
    }
}

/* As the kernel: what a signal or a time-out has ended goes on behind the call's back. Where that
 * cannot be, the call goes on. */
static int drive_to_end(struct s5a_attempt *a, uint64_t until)
{
    for (;;) {
        int result = drive(a, until);
        if (result != -EINTR && result != -EINPROGRESS)
            return result;
        if (s5a_pending_begin(a->own, a) == 0)
            return result;
        until = UINT64_MAX;
    }
}

static int settle(struct s5a_attempt *a)
{
    struct s5a_peer peer = { .kind = S5A_PEER_STREAM, .address = a->named.as_given };
    struct s5a_locked locked;
    if (a->standin < 0) {
        s5a_peers_put(a->own, &peer);
        return 0;
    }
    int failed = s5a_standin_dress(a->own, a->standin, &peer);
    s5a_lock(&locked);
    if (failed == 0 && s5a_peers_put_locked(a->standin, &peer) &&
        s5a_swap(a->own, s5a_socket_cookie(a->own), a->standin, true) == 0)
        failed = -EBADF;
    s5a_unlock(&locked);
    return failed;
}

static void drop(void *attempt)
{
    s5a_attempt_drop(attempt);
}

static int connect_patiently(struct s5a_attempt *a)
{
    int result;
    a->is_patient = true;
    uint64_t until = programs_limit(a);
    pthread_cleanup_push(drop, a);
    result = drive_to_end(a, until);
    if (result == 0)
        result = settle(a);
    pthread_cleanup_pop(1);
    return result;
}

int s5a_stream_connect(int fd, const struct s5a_socket_kind *kind, const struct s5a_config *config,
                       const struct s5a_proxy *proxy, const struct s5a_named_target *named)
{
    struct s5a_attempt a;
    s5a_attempt_init(&a, fd, kind, config, proxy);
    s5a_named_copy(&a.named, named);
    if (!is_blocking(fd)) {
        int begun = s5a_pending_begin(fd, &a);
        if (begun == 0)
            return -EINPROGRESS;
        if (begun != -EAGAIN) /* no thread: as a blocking one */
            return begun;
    }
    int result = connect_patiently(&a);
    if (result != -EINTR && result != -EINPROGRESS)
        s5a_attempt_report(&a, result);
    return result;
}

/* connect() of a blocking socket, in the calling thread. */
#include "shim/sockets/blocking.h"

#include <errno.h>
#include <pthread.h>
#include <sys/single_threaded.h>

#include "shim/engine/engine.h"
#include "shim/engine/pending.h"
#include "shim/engine/private.h"
#include "shim/engine/swap.h"
#include "shim/inbound/expected.h"
#include "shim/inbound/outside.h"
#include "shim/lock.h"
#include "shim/real.h"
#include "shim/sockets/attempt_dial.h"
#include "shim/sockets/descriptors.h"
#include "shim/sockets/facade.h"
#include "shim/sockets/patience.h"
#include "shim/sockets/standin.h"

struct call {
    struct s5a_attempt *attempt;
    struct s5a_pending *gated; /* whose attempt it is then; NULL: the program's own socket shows */
    int fd;
    uint64_t cookie;   /* of its socket; the number may lead to another one by the time it stands */
    uint64_t until;    /* ms: the program's own SO_SNDTIMEO */
    bool has_reserved; /* the engine */
    struct s5a_locked shield;
};

/* ---- the program's own time-out ---- */

static uint64_t programs_limit(struct s5a_attempt *a)
{
    socklen_t len = sizeof a->send_timeout;
    a->send_timeout = (struct timeval){ 0, 0 };
    if (S5A_REAL(getsockopt)(a->own, SOL_SOCKET, SO_SNDTIMEO, &a->send_timeout, &len) != 0)
        return UINT64_MAX;
    uint64_t own =
        (uint64_t)a->send_timeout.tv_sec * 1000 + (uint64_t)(a->send_timeout.tv_usec + 999) / 1000;
    return own == 0 ? UINT64_MAX : s5a_now() + own;
}

/* ---- handing it over ---- */

static bool make_gate(struct call *call, int *failed)
{
    *failed = -EBADF;
    if (s5a_socket_cookie(call->fd) == call->cookie)
        call->gated = s5a_pending_gate(call->fd, call->attempt, failed);
    return call->gated != NULL;
}

/* To the engine. False where that cannot be: then the call goes on. */
static bool hand_over(struct call *call, bool is_for_good)
{
    int failed = 0;
    bool is_gated = call->gated != NULL || make_gate(call, &failed);
    if (failed == -EBADF) /* a handler of another signal has closed it, or another thread */
        s5a_attempt_drop(call->attempt);
    if (!is_gated)
        return failed == -EBADF;
    call->gated->is_awaited = true; /* until it is left */
    call->attempt = &call->gated->attempt;
    return s5a_pending_leave(call->gated, is_for_good) == 0;
}

/* A cancelled thread leaves what the kernel would go on with. */
static void cancelled(void *context)
{
    struct call *call = context;
    if (!hand_over(call, true))
        s5a_attempt_drop(call->attempt);
    s5a_unshield(&call->shield);
}

/* Signals stay blocked but for what wait_alertly says; the thread may be cancelled meanwhile. */
static int wait_for(struct call *call, bool *is_ended)
{
    int waited, disabled;
    uint64_t limit = s5a_attempt_limit(call->attempt);
    pthread_cleanup_push(cancelled, call);
    pthread_setcancelstate(call->shield.cancel_state, &disabled);
    waited = s5a_wait_alertly(s5a_attempt_socket(call->attempt), s5a_attempt_events(call->attempt),
                              limit < call->until ? limit : call->until, &call->shield.signals,
                              is_ended);
    pthread_setcancelstate(disabled, NULL);
    pthread_cleanup_pop(0);
    return waited;
}

/* A handler is to run. It may jump away, and will do so from the end of the shield. */
static int interrupted(struct call *call, bool is_ended)
{
    bool is_over = is_ended || call->until != UINT64_MAX;
    bool is_handed = hand_over(call, is_over);
    s5a_unshield(&call->shield);
    if (is_handed)
        return is_over ? -EINTR : -ERESTART;
    s5a_shield(&call->shield);
    return 0;
}

/* ---- driving it ---- */

/* The result of the attempt, or of the call where the attempt has been handed over. */
static int drive(struct call *call, bool *is_handed)
{
    bool ready = false;
    for (;;) {
        bool is_ended = false;
        int result = s5a_attempt_step(call->attempt, ready);
        if (result != -EINPROGRESS)
            return result;
        int waited = wait_for(call, &is_ended);
        if (waited == -EINTR) {
            result = interrupted(call, is_ended);
            *is_handed = result != 0;
        } else if (waited == 0 && s5a_now() >= call->until) {
            result = -EINPROGRESS;
            *is_handed = hand_over(call, true);
            call->until = UINT64_MAX;
            if (*is_handed)
                s5a_unshield(&call->shield);
        }
        if (*is_handed)
            return result;
        ready = waited != 0 && waited != -EINTR;
    }
}

/* ---- the end of it ---- */

static int replace(struct s5a_attempt *a, uint64_t cookie)
{
    struct s5a_peer peer = { .kind = S5A_PEER_STREAM,
                             .address = a->named.as_given,
                             .port = s5a_facade_port(s5a_socket_cookie(a->standin)) };
    int failed = s5a_standin_dress(a->own, a->standin, &peer);
    (void)s5a_outside_of(a, &peer.local);
    s5a_lock_shielded();
    if (failed == 0 && s5a_peers_put_locked(a->standin, &peer) &&
        s5a_swap_out(a->own, cookie, a->standin, true) == 0)
        failed = -EBADF;
    s5a_unlock_shielded();
    return failed;
}

static int settle(struct s5a_attempt *a, uint64_t cookie)
{
    struct s5a_peer peer = { .kind = S5A_PEER_STREAM, .address = a->named.as_given };
    int failed = a->standin >= 0 ? replace(a, cookie) : 0;
    if (a->standin < 0) {
        (void)s5a_outside_of(a, &peer.local);
        s5a_lock_shielded();
        (void)s5a_peers_put_cookie(cookie, &peer);
        s5a_unlock_shielded();
    }
    s5a_attempt_drop(a);
    return failed;
}

/* Other threads may look at the socket. Where there can be no gate they see it as it is. */
static int gate(struct call *call)
{
    int failed;
    if (!make_gate(call, &failed))
        return failed;
    call->gated->is_awaited = true;
    call->attempt = &call->gated->attempt;
    return 0;
}

/* Records are the engine's work, behind a gate that stays. */
static int begin_relay(struct call *call)
{
    int failed = s5a_engine_reserve();
    call->has_reserved = failed == 0;
    if (failed == 0 && call->gated == NULL)
        failed = gate(call);
    if (failed != 0)
        s5a_attempt_disconnect(call->attempt);
    return failed == -EAGAIN ? -ENOBUFS : failed;
}

static int end(struct call *call, int result)
{
    if (result == 0 && s5a_attempt_has_wire(call->attempt))
        result = begin_relay(call);
    s5a_attempt_report(call->attempt, result);
    if (result == 0)
        s5a_expected_note(call->attempt);
    if (call->gated != NULL)
        s5a_pending_conclude(call->gated, result);
    else if (result == 0)
        result = settle(call->attempt, call->cookie);
    else
        s5a_attempt_drop(call->attempt);
    if (call->has_reserved)
        s5a_engine_unreserve();
    s5a_unshield(&call->shield);
    return result;
}

int s5a_connect_blocking(struct s5a_attempt *a)
{
    struct call call = { .attempt = a, .fd = a->own };
    bool is_handed = false;
    pthread_testcancel(); /* nothing has begun */
    a->is_patient = true;
    call.until = programs_limit(a);
    call.cookie = s5a_socket_cookie(a->own);
    s5a_shield(&call.shield);
    if (!__libc_single_threaded && a->kind.domain != AF_UNIX)
        (void)gate(&call);
    int result = drive(&call, &is_handed);
    return is_handed ? result : end(&call, result);
}

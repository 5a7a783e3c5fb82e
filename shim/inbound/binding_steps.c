/* What becomes of a listener at a proxy, one step after the other. */
#include "shim/inbound/binding_steps.h"

#include <errno.h>

#include "client/clock.h"
#include "client/log.h"
#include "shim/engine/private.h"
#include "shim/engine/watch.h"
#include "shim/inbound/binding_relay.h"
#include "shim/inbound/handing.h"
#include "shim/inbound/outside.h"
#include "shim/lock.h"

enum {
    SOON_MS = 100, /* who takes one connection alone closes its listener at once */
    FULL_MS = 50,
    FIRST_MS = 1000, /* after a failure; twice as long each time */
    LONGEST_MS = 60000,
    LONG_MS = 5000, /* a proxy that has waited so long was right to give up */
};

/* ---- what is watched ---- */

static void watch(struct s5a_binding *x, int fd, uint32_t events)
{
    uint64_t data = s5a_watch_data(S5A_WATCHED_BINDING, x->number, 0);
    s5a_watched_follow(&x->watched, fd, x->attempt.dials, events, data);
}

void s5a_binding_finish(struct s5a_binding *x)
{
    s5a_watched_leave(&x->watched);
    s5a_binding_end(x);
}

/* ---- the next one ---- */

static uint64_t pause_after(unsigned failures)
{
    uint64_t ms = failures == 0 ? SOON_MS : FIRST_MS;
    for (unsigned i = 1; i < failures && ms < LONGEST_MS; i++)
        ms *= 2;
    return ms < LONGEST_MS ? ms : LONGEST_MS;
}

static void rest(struct s5a_binding *x, bool has_failed)
{
    s5a_watched_leave(&x->watched);
    s5a_binding_let_go(x);
    x->failures = has_failed ? x->failures + 1 : 0;
    x->until = s5a_now() + pause_after(x->failures);
    x->state = S5A_BINDING_RESTING;
}

/* ---- who has come ---- */

/* The descriptor that the program gets, in `own`. */
static int take_connection(struct s5a_binding *x)
{
    s5a_watched_leave(&x->watched);
    int fd = s5a_attempt_socket(&x->attempt);
    x->is_relayed = s5a_attempt_has_wire(&x->attempt);
    if (x->is_relayed) {
        fd = s5a_binding_relay(x);
        if (fd < 0)
            return fd;
    }
    if (fd == x->own)
        return 0;
    if (fd == x->attempt.standin)
        x->attempt.standin = -1;
    s5a_private_close(x->own);
    x->own = fd;
    return 0;
}

/* Of the program's queue, or of this process: that may pass. */
static bool is_full(int failed)
{
    return failed == -EAGAIN || failed == -EMFILE || failed == -ENFILE || failed == -ENOMEM ||
           failed == -ENOBUFS || failed == -ETOOMANYREFS;
}

void s5a_binding_hand(struct s5a_binding *x)
{
    struct s5a_handed handed = { x->peer, x->at, x->is_relayed };
    x->is_busy = true;
    s5a_unlock_shielded();
    int knock = s5a_handing_send(&x->name, x->name_len, &handed, x->own);
    s5a_lock_shielded();
    x->is_busy = false;
    if (is_full(knock)) {
        x->state = S5A_BINDING_ARRIVED;
        x->until = s5a_now() + FULL_MS;
    } else if (knock < 0) {
        s5a_binding_finish(x); /* nobody listens */
    } else {
        s5a_binding_let_go(x);
        x->state = S5A_BINDING_HANDED;
        x->knock = knock;
        watch(x, knock, 0);
    }
}

static void arrive(struct s5a_binding *x)
{
    unsigned last = x->answers.count > 1 ? 1 : 0;
    struct s5a_target peer = { x->answers.list[last], x->answers.port };
    bool is_shown = s5a_outside(&peer, &x->attempt, x->domain, &x->peer);
    int failed = is_shown ? take_connection(x) : -EAFNOSUPPORT;
    if (failed == 0) {
        s5a_log(S5A_LOG_DEBUG, "proxy %s: a connection has come to a listener there",
                x->attempt.proxy->name);
        s5a_binding_hand(x);
        return;
    }
    s5a_log(S5A_LOG_INFO, "proxy %s: a connection that came to a listener there is lost: %s",
            x->attempt.proxy->name, strerrordesc_np(-failed));
    rest(x, true);
}

/* Accepted; or its listener is gone, which the next look shows. */
void s5a_binding_handed(struct s5a_binding *x)
{
    s5a_watched_leave(&x->watched);
    s5a_private_close(x->knock);
    x->knock = -1;
    rest(x, false);
}

/* ---- steps; the lock is held at both ends ---- */

static void bound(struct s5a_binding *x, int result)
{
    if (result == 0)
        result = s5a_binding_await(x);
    s5a_binding_report(x, result);
    if (result != 0) {
        rest(x, true);
        return;
    }
    s5a_peers_readdress(x->cookie, &x->at);
    x->state = S5A_BINDING_WAITING;
    x->look = 0;
}

static void lost(struct s5a_binding *x)
{
    s5a_log(S5A_LOG_INFO, "proxy %s: it listens no more: %s", x->attempt.proxy->name,
            x->attempt.report.reason);
    rest(x, s5a_now() - x->since < LONG_MS);
}

void s5a_binding_step(struct s5a_binding *x, bool ready)
{
    x->is_busy = true;
    s5a_unlock_shielded();
    int result = s5a_attempt_step(&x->attempt, ready);
    s5a_lock_shielded();
    x->is_busy = false;
    if (result == -EINPROGRESS)
        watch(x, s5a_attempt_socket(&x->attempt), (uint32_t)s5a_attempt_events(&x->attempt));
    else if (x->state == S5A_BINDING_ASKING)
        bound(x, result);
    else if (result == 0)
        arrive(x);
    else
        lost(x);
}

void s5a_binding_ask_again(struct s5a_binding *x)
{
    if (!s5a_handing_is_heard(&x->name, x->name_len)) {
        s5a_binding_finish(x);
        return;
    }
    x->is_busy = true;
    s5a_unlock_shielded();
    int failed = s5a_binding_ask(x);
    s5a_lock_shielded();
    x->is_busy = false;
    if (failed != 0)
        rest(x, true);
    else
        s5a_binding_step(x, false);
}

/* Making associations. */
#include "shim/datagrams/associate.h"

#include <errno.h>

#include "client/clock.h"
#include "shim/datagrams/again.h"
#include "shim/datagrams/associating.h"
#include "shim/datagrams/letting_in.h"
#include "shim/datagrams/minding.h"
#include "shim/engine/engine.h"
#include "shim/lock.h"
#include "shim/programs/vfork.h"
#include "shim/real.h"
#include "shim/sockets/patience.h"

enum { LOOK_MS = 100 }; /* how often the control connection is looked at */

/* ---- by the calling thread, within a shield ---- */

/* A handler that is to run, runs while the engine goes on: to send on UDP sockets never waits, so it
 * is not interrupted. */
static int conclude(struct s5a_associating *x, int result)
{
    bool is_reserved = result == 0 && s5a_associating_is_local(x) && s5a_engine_reserve() == 0;
    s5a_lock_shielded();
    result = s5a_associating_conclude(x, result);
    s5a_unlock_shielded();
    if (is_reserved)
        s5a_engine_unreserve();
    return result;
}

static int hand_over(struct s5a_associating *x)
{
    s5a_lock_shielded();
    s5a_associating_hand_over(x);
    s5a_unlock_shielded();
    s5a_engine_unreserve();
    return -EINPROGRESS;
}

static int drive(struct s5a_associating *x, const struct s5a_locked *shield)
{
    bool ready = false;
    for (;;) {
        bool is_ended;
        int result = s5a_associating_step(x, ready);
        if (result != -EINPROGRESS)
            return conclude(x, result);
        int waited =
            s5a_wait_alertly(s5a_attempt_socket(&x->attempt), s5a_attempt_events(&x->attempt),
                             s5a_attempt_limit(&x->attempt), &shield->signals, &is_ended);
        if (waited == -EINTR && s5a_engine_reserve() == 0)
            return hand_over(x);
        ready = waited > 0;
    }
}

static int begin(struct s5a_associating *x, bool waits_not, const struct s5a_locked *shield)
{
    s5a_lock_shielded();
    bool is_ours = s5a_associating_enlist(x);
    x->is_busy = true;
    s5a_unlock_shielded();
    if (!is_ours) {
        s5a_associating_drop(x);
        return -EAGAIN;
    }
    if (!waits_not || s5a_engine_reserve() != 0)
        return drive(x, shield);
    if (s5a_attempt_may_block(&x->attempt))
        return hand_over(x);
    int result = s5a_associating_step(x, false);
    if (result == -EINPROGRESS)
        return hand_over(x);
    result = conclude(x, result);
    s5a_engine_unreserve();
    return result;
}

static int make(int fd, struct s5a_datagram_route *route, bool waits_not)
{
    struct s5a_locked shield;
    int result;
    if (s5a_lock_is_mine() || s5a_in_vfork_child())
        return -EACCES;
    s5a_shield(&shield);
    s5a_engine_expect_forks();
    struct s5a_associating *x = s5a_associating_new(fd, route, &result);
    if (x != NULL)
        result = begin(x, waits_not, &shield);
    s5a_unshield(&shield);
    s5a_association_refresh(&route->association);
    if (result == 0)
        s5a_mind(&route->association);
    return result;
}

/* ---- is it there? ---- */

/* A proxy that ends the connection has ended the association. It says nothing over it. */
static bool is_cut(int control)
{
    char byte;
    ssize_t got = S5A_REAL(recv)(control, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

static bool still_stands(int fd, struct s5a_association *a)
{
    struct s5a_locked locked;
    uint64_t now = s5a_now();
    if (now - a->looked < LOOK_MS)
        return true;
    bool is_lost = is_cut(a->control);
    s5a_let_in_still(fd, a);
    struct s5a_association *own = s5a_association_begin(a, &locked);
    if (own == NULL)
        return !is_lost;
    own->looked = now;
    if (is_lost && own->state == S5A_ASSOCIATION_STANDING && own->control == a->control)
        s5a_again_after_loss(own);
    s5a_association_end(own, &locked);
    if (is_lost)
        s5a_log(S5A_LOG_INFO, "proxy %s: the connection of an association is lost", a->proxy->name);
    if (!is_lost)
        s5a_mind(a);
    else
        s5a_association_refresh(a);
    return !is_lost;
}

static bool is_nonblocking(int fd, int flags)
{
    int status = (flags & MSG_DONTWAIT) != 0 ? O_NONBLOCK : S5A_REAL(fcntl)(fd, F_GETFL);
    return status >= 0 && (status & O_NONBLOCK) != 0;
}

int s5a_associate(int fd, struct s5a_datagram_route *route, int flags)
{
    struct s5a_association *a = &route->association;
    bool is_same = a->proxy == route->proxy;
    if (a->state == S5A_ASSOCIATION_STANDING && is_same && still_stands(fd, a))
        return 0;
    if (a->state == S5A_ASSOCIATION_PENDING && is_same)
        return -EINPROGRESS;
    if (a->state == S5A_ASSOCIATION_FAILED && is_same && s5a_now() < a->until)
        return -a->error;
    int result = make(fd, route, is_nonblocking(fd, flags));
    if (result != -EAGAIN)
        return result;
    if (a->state == S5A_ASSOCIATION_STANDING)
        return 0;
    return a->state == S5A_ASSOCIATION_PENDING ? -EINPROGRESS : -ENOBUFS;
}

int s5a_associate_queue(const struct s5a_association *a, const struct iovec *parts, size_t count)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    struct s5a_associating *x = s5a_associating_find(a);
    int failed = x == NULL ? -EALREADY : s5a_associating_queue(x, parts, count) ? 0 : -ENOBUFS;
    s5a_unlock(&locked);
    return failed;
}

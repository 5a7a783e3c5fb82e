/* How a connect behind a gate ends for the program. */
#include "shim/engine/conclude.h"

#include <errno.h>
#include <poll.h>

#include "shim/engine/carry.h"
#include "shim/engine/engine.h"
#include "shim/engine/gate.h"
#include "shim/engine/park.h"
#include "shim/engine/private.h"
#include "shim/engine/sigio.h"
#include "shim/engine/swap.h"
#include "shim/engine/watches.h"
#include "shim/real.h"
#include "shim/sockets/descriptors.h"
#include "shim/sockets/facade.h"
#include "shim/sockets/standin.h"

/* ---- who holds the gate ---- */

static bool find_holder(int fd, void *context)
{
    struct s5a_pending *p = context;
    if (s5a_socket_cookie(fd) != p->gate)
        return true;
    p->number = fd;
    return false;
}

/* The status flags of the gate, by a number of this process that leads to it; -1: none does. */
static int gate_flags(struct s5a_pending *p)
{
    if (s5a_socket_cookie(p->number) != p->gate && s5a_watches_is_doubled(p->gate))
        s5a_descriptors_each(find_holder, p);
    return s5a_socket_cookie(p->number) == p->gate ? S5A_REAL(fcntl)(p->number, F_GETFL) : -1;
}

static bool is_abandoned(const struct s5a_pending *p)
{
    struct pollfd one = { .fd = p->inner };
    return poll(&one, 1, 0) == 1 && (one.revents & POLLHUP) != 0;
}

/* The socket behaves as the program has told its gate to. Not blocking and no more is what it does
 * anyway. */
static void take_manners(const struct s5a_pending *p, int flags)
{
    if (p->is_blocking)
        flags &= ~O_NONBLOCK;
    if (flags < 0 || (flags & (O_NONBLOCK | O_ASYNC)) == O_NONBLOCK)
        return;
    if ((flags & O_ASYNC) != 0)
        s5a_sigio_copy(p->number, p->own);
    S5A_REAL(fcntl)(p->own, F_SETFL, flags);
}

/* ---- success ---- */

/* What took the place of the program's socket becomes it. */
static void adopt_standin(struct s5a_pending *p, struct s5a_peer *peer)
{
    (void)s5a_standin_dress(p->own, p->attempt.standin, peer);
    s5a_private_close(p->own);
    p->own = p->attempt.standin;
    p->attempt.standin = -1;
}

/* Readers and writers that sleep in the gate could not be told to go elsewhere, and other processes'
 * descriptors are out of reach: then it stays. */
static bool must_carry(const struct s5a_pending *p, int flags)
{
    return p->is_shared || flags < 0 || (flags & O_NONBLOCK) == 0;
}

/* A blocking connect() that returns has been told. */
static void tell(const struct s5a_pending *p)
{
    const struct s5a_sockaddr *to = &p->attempt.where.list[p->attempt.next];
    (void)S5A_REAL(connect)(p->own, (const struct sockaddr *)&to->at, to->len);
}

/* True where the gate is held still: a sleeper has to be woken first. */
static bool hand_over(struct s5a_pending *p, struct s5a_peer *peer, int flags)
{
    if (p->is_awaited)
        tell(p);
    peer->untold = peer->facade != 0 && !p->is_awaited;
    (void)s5a_peers_put_locked(p->own, peer);
    take_manners(p, flags);
    (void)s5a_swap(p->number, p->gate, p->own, true);
    s5a_gate_open(p->inner, &p->filler); /* last: who sleeps on the gate looks again */
    s5a_sigio_raise(p->number, flags);
    p->state = S5A_PENDING_OPENED;
    return !is_abandoned(p);
}

static bool succeed(struct s5a_pending *p)
{
    struct s5a_peer peer = { .kind = S5A_PEER_STREAM,
                             .address = p->attempt.named.as_given,
                             .port = s5a_facade_port(p->gate) };
    int flags = gate_flags(p);
    if (flags < 0 && is_abandoned(p))
        return false;
    s5a_engine_unwatch(p);
    if (p->attempt.standin >= 0)
        adopt_standin(p, &peer);
    if (!must_carry(p, flags))
        return hand_over(p, &peer, flags);
    s5a_carry_begin(p);
    return true;
}

/* ---- failure ---- */

/* The gate closes with bytes in it: who sleeps on it sees an error. Other processes that hold it can
 * be told which. */
static void give_back(struct s5a_pending *p, int flags, int error)
{
    take_manners(p, flags);
    (void)s5a_swap(p->number, p->gate, p->own, false);
    if (p->is_shared)
        s5a_gate_name_error(p->inner, error);
    s5a_sigio_raise(p->number, flags);
}

/* A blocking connect() tells the error itself, and its socket is as new. */
static void fail(struct s5a_pending *p, int error)
{
    struct s5a_peer peer = { .kind = S5A_PEER_FAILED,
                             .address = p->attempt.named.as_given,
                             .detail = (uint32_t)error };
    int flags = gate_flags(p);
    s5a_engine_unwatch(p);
    if (!p->is_awaited) {
        peer.parked = s5a_park(p->own);
        (void)s5a_peers_put_locked(p->own, &peer);
    }
    give_back(p, flags, error);
}

bool s5a_conclude(struct s5a_pending *p, int result)
{
    bool is_held = false;
    if (result == 0)
        is_held = succeed(p);
    else
        fail(p, -result);
    if (!is_held)
        s5a_conclude_hangup(p);
    return is_held;
}

void s5a_conclude_disconnect(struct s5a_pending *p)
{
    struct sockaddr nobody = { .sa_family = AF_UNSPEC };
    int flags = gate_flags(p);
    s5a_engine_unwatch(p);
    (void)S5A_REAL(connect)(p->own, &nobody, sizeof nobody);
    s5a_park_reset(p->own);
    give_back(p, flags, ECONNRESET);
    s5a_pending_end(p);
}

/* A write() that met the swap may have left bytes in the gate. */
void s5a_conclude_hangup(struct s5a_pending *p)
{
    if (p->state == S5A_PENDING_OPENED)
        s5a_carry_rest(p);
    s5a_pending_end(p);
}

/* How a connect behind a gate ends for the program. */
#include "shim/engine/conclude.h"

#include <errno.h>
#include <poll.h>

#include "shim/engine/carry.h"
#include "shim/engine/gate.h"
#include "shim/engine/park.h"
#include "shim/engine/private.h"
#include "shim/engine/relay.h"
#include "shim/engine/sigio.h"
#include "shim/engine/sleepers.h"
#include "shim/engine/swap.h"
#include "shim/engine/told.h"
#include "shim/engine/watch.h"
#include "shim/engine/watches.h"
#include "shim/inbound/outside.h"
#include "shim/real.h"
#include "shim/sockets/attempt_dial.h"
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
    bool is_there = s5a_socket_cookie(p->number) == p->gate;
    if (!is_there && s5a_watches_is_doubled(p->gate)) {
        s5a_descriptors_each(find_holder, p);
        is_there = s5a_socket_cookie(p->number) == p->gate;
    }
    return is_there ? S5A_REAL(fcntl)(p->number, F_GETFL) : -1;
}

/* Nobody holds the gate; what was written into it meanwhile is passed on. */
static bool is_abandoned(struct s5a_pending *p)
{
    struct pollfd one = { .fd = p->inner, .events = POLLIN };
    if (poll(&one, 1, 0) != 1 || (one.revents & POLLHUP) == 0)
        return false;
    if ((one.revents & POLLIN) != 0 && p->state == S5A_PENDING_OPENED)
        s5a_carry_rest(p);
    return true;
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

/* A forwarded one: its own socket was never told to connect, nor can be. */
static bool is_unix(const struct s5a_pending *p)
{
    return p->attempt.kind.domain == AF_UNIX;
}

/* ---- success ---- */

/* What took the place of the program's socket becomes it. */
static void adopt_standin(struct s5a_pending *p, struct s5a_peer *peer)
{
    (void)s5a_standin_dress(p->own, p->attempt.standin, peer);
    s5a_private_close(p->own);
    s5a_watches_settle(p->socket);
    p->own = p->attempt.standin;
    p->socket = s5a_socket_cookie(p->own);
    p->attempt.standin = -1;
}

/* Readers and writers that sleep in the gate could not be told to go elsewhere, and other processes'
 * descriptors are out of reach: then it stays. */
static bool must_carry(const struct s5a_pending *p, int flags)
{
    return p->relay != NULL || p->is_shared || flags < 0 ||
           ((flags & O_NONBLOCK) == 0 && s5a_sleepers_any(p->number));
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
    peer->untold = (p->attempt.is_told || is_unix(p)) && !p->is_awaited;
    (void)s5a_peers_put_cookie(p->socket, peer);
    take_manners(p, flags);
    (void)s5a_swap_out(p->number, p->gate, p->own, true);
    s5a_watches_settle(p->socket);
    s5a_gate_open(p->inner, &p->filler); /* last: who sleeps on the gate looks again */
    s5a_sigio_raise(p->number, flags);
    p->state = S5A_PENDING_OPENED;
    return !is_abandoned(p);
}

/* The gate stays. What a stand-in has not taken over is remembered for it. */
static void stay(struct s5a_pending *p, const struct s5a_peer *dressed, int flags)
{
    struct s5a_peer peer = *dressed;
    peer.kind = S5A_PEER_GATE;
    peer.facade = (uint8_t)p->attempt.kind.domain;
    peer.detail = p->slot;
    (void)s5a_peers_put_cookie(p->gate, &peer);
    p->is_told = p->is_awaited;
    p->is_awaited = false;
    s5a_carry_begin(p);
    if (flags >= 0)
        s5a_sigio_raise(p->number, flags);
}

static bool succeed(struct s5a_pending *p)
{
    struct s5a_peer peer = { .kind = S5A_PEER_STREAM,
                             .address = p->attempt.named.as_given,
                             .port = s5a_facade_port(p->gate) };
    int flags = gate_flags(p);
    if (s5a_outside_of(&p->attempt, &peer.local))
        p->local = peer.local;
    if (flags < 0 && is_abandoned(p))
        return false;
    s5a_watch_no_socket(p);
    if (p->attempt.standin >= 0)
        adopt_standin(p, &peer);
    if (!must_carry(p, flags))
        return hand_over(p, &peer, flags);
    stay(p, &peer, flags);
    return true;
}

/* Where the proxy wants records, the relay that makes them. */
static int begin_relay(struct s5a_pending *p)
{
    if (!s5a_attempt_has_wire(&p->attempt))
        return 0;
    struct s5a_wire *wire = s5a_attempt_take_wire(&p->attempt);
    p->relay = s5a_relay_new(wire);
    if (p->relay != NULL)
        return 0;
    s5a_wire_free(wire);
    s5a_attempt_disconnect(&p->attempt);
    return -ENOMEM;
}

/* ---- failure ---- */

/* Has the program's own socket been connected, or told to, to an IPv4 address as v4-mapped? */
static bool is_mapped(const struct s5a_pending *p)
{
    const struct s5a_attempt *a = &p->attempt;
    return a->kind.domain == AF_INET6 && a->where.list[a->next].at.ss_family == AF_INET &&
           a->dials != 0 && s5a_socket_option(p->own, IPPROTO_IPV6, IPV6_V6ONLY, 1) == 0;
}

/* The gate closes with bytes in it: who sleeps on it sees an error. Other processes that hold it can
 * be told which. */
static void give_back(struct s5a_pending *p, int flags, int error)
{
    take_manners(p, flags);
    (void)s5a_swap_out(p->number, p->gate, p->own, false);
    if (p->is_shared)
        (void)s5a_told_error(p->inner, error);
    s5a_sigio_raise(p->number, flags);
}

/* A blocking connect() tells the error itself, and its socket is as new. */
static void fail(struct s5a_pending *p, int error)
{
    struct s5a_peer peer = { .kind = S5A_PEER_FAILED,
                             .address = p->attempt.named.as_given,
                             .detail = (uint32_t)error };
    int flags = gate_flags(p);
    s5a_watch_no_socket(p);
    if (!p->is_awaited) {
        peer.parked = !is_unix(p) && s5a_park(p->own, is_mapped(p));
        (void)s5a_peers_put_cookie(p->socket, &peer);
    }
    give_back(p, flags, error);
}

bool s5a_conclude(struct s5a_pending *p, int result)
{
    bool is_held = false;
    if (result == 0)
        result = begin_relay(p);
    if (result == 0)
        is_held = succeed(p);
    else
        fail(p, -result);
    if (!is_held)
        s5a_pending_end(p);
    return is_held;
}

static void show_reset(const struct s5a_pending *p)
{
    struct sockaddr nobody = { .sa_family = AF_UNSPEC };
    struct s5a_peer peer = { .kind = S5A_PEER_FAILED,
                             .address = p->attempt.named.as_given,
                             .detail = ECONNRESET };
    if (is_unix(p)) {
        (void)s5a_peers_put_cookie(p->socket, &peer);
        return;
    }
    (void)S5A_REAL(connect)(p->own, &nobody, sizeof nobody);
    s5a_park_reset(p->own, is_mapped(p));
}

void s5a_conclude_disconnect(struct s5a_pending *p)
{
    int flags = gate_flags(p);
    s5a_watch_no_socket(p);
    show_reset(p);
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

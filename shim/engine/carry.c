/* Carrying bytes between a gate and the socket behind it. */
#include "shim/engine/carry.h"

#include <errno.h>

#include "shim/engine/gate.h"
#include "shim/engine/relay.h"
#include "shim/engine/tail.h"
#include "shim/engine/told.h"
#include "shim/real.h"
#include "shim/sockets/descriptors.h"
#include "shim/sockets/facade.h"
#include "shim/sockets/sockets.h"

enum {
    ROUNDS = 16, /* of one direction, before others have their turn */
    PIECE = 65536,
    ROOM = 128 * 1024, /* in the gate, in each direction; the kernel counts twice as much */
};

enum flow {
    FLOW_DRY,
    FLOW_FULL,
    FLOW_MORE,
    FLOW_ENDED,
    FLOW_REFUSED, /* who should get it takes no more */
    FLOW_BROKEN
};

static bool is_passing(int error)
{
    return error == EAGAIN || error == EINTR;
}

static ssize_t peek(int from, void *to, size_t cap)
{
    return S5A_REAL(recv)(from, to, cap, MSG_PEEK | MSG_DONTWAIT);
}

static ssize_t send_on(int to, const void *bytes, size_t len)
{
    return S5A_REAL(send)(to, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Peeks, sends, and takes what was sent: so bytes are nowhere but in kernel buffers. */
static enum flow move(int from, int to, char *bytes, size_t cap)
{
    for (int i = 0; i < ROUNDS; i++) {
        ssize_t got = peek(from, bytes, cap);
        if (got <= 0)
            return got == 0 ? FLOW_ENDED : is_passing(errno) ? FLOW_DRY : FLOW_BROKEN;
        ssize_t sent = send_on(to, bytes, (size_t)got);
        if (sent < 0)
            return is_passing(errno) ? FLOW_FULL : FLOW_REFUSED;
        (void)S5A_REAL(recv)(from, bytes, (size_t)sent, MSG_DONTWAIT);
        if (sent < got)
            return FLOW_FULL;
    }
    return FLOW_MORE;
}

/* The same from the gate, where the last byte stays (tail.h). */
static enum flow move_out(struct s5a_pending *p, char *bytes, size_t cap)
{
    for (int i = 0; i < ROUNDS; i++) {
        size_t tail = p->tail;
        ssize_t got = peek(p->inner, bytes, cap);
        if (got < 0 && !is_passing(errno))
            return FLOW_BROKEN;
        if (got <= (ssize_t)tail)
            return s5a_tail_is_end(p->inner, p->tail) ? FLOW_ENDED : FLOW_DRY;
        ssize_t sent = send_on(p->own, bytes + tail, (size_t)got - tail);
        if (sent < 0)
            return is_passing(errno) ? FLOW_FULL : FLOW_BROKEN;
        if ((size_t)sent + tail > 1)
            (void)S5A_REAL(recv)(p->inner, bytes, (size_t)sent + tail - 1, MSG_DONTWAIT);
        p->tail = 1;
        if ((size_t)sent + tail < (size_t)got)
            return FLOW_FULL;
    }
    return FLOW_MORE;
}

/* What has become of one direction; false where it broke. Its end is passed on as a half-close. */
static bool settle(enum flow flow, int to, bool *ended, bool *full)
{
    *full = flow == FLOW_FULL;
    if (flow == FLOW_ENDED && !*ended)
        (void)S5A_REAL(shutdown)(to, SHUT_WR);
    *ended = *ended || flow == FLOW_ENDED || flow == FLOW_REFUSED;
    return flow != FLOW_BROKEN;
}

static bool carry_clear(struct s5a_pending *p)
{
    static char bytes[PIECE]; /* the engine's alone */
    enum flow out = p->out_ended ? FLOW_ENDED : move_out(p, bytes, sizeof bytes);
    enum flow in = p->in_ended ? FLOW_ENDED : move(p->own, p->inner, bytes, sizeof bytes);
    if (in == FLOW_ENDED && out != FLOW_ENDED && p->in_ended && p->is_cut)
        return false;
    p->has_more = out == FLOW_MORE || in == FLOW_MORE;
    if (!settle(out, p->own, &p->out_ended, &p->out_full) ||
        !settle(in, p->inner, &p->in_ended, &p->in_full))
        return false;
    if (!p->out_ended || (!p->in_ended && !p->is_hung_up))
        return true;
    s5a_tail_drop(p->inner, &p->tail); /* an end, and no reset */
    return false;
}

/* The options that the program's blocking calls go by. */
static void carry_timeout(const struct s5a_pending *p, int name)
{
    char value[64];
    socklen_t len = sizeof value;
    if (S5A_REAL(getsockopt)(p->own, SOL_SOCKET, name, value, &len) == 0)
        (void)S5A_REAL(setsockopt)(p->number, SOL_SOCKET, name, value, len);
}

/* By this the socket would keep bytes from us. */
static void carry_low_water_mark(const struct s5a_pending *p, bool is_here)
{
    int one = 1, least = s5a_socket_option(p->own, SOL_SOCKET, SO_RCVLOWAT, 1);
    if (least == 1)
        return;
    if (is_here)
        (void)S5A_REAL(setsockopt)(p->number, SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least);
    (void)S5A_REAL(setsockopt)(p->own, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof one);
}

/* All processes that hold the gate can ask it whom it stands for. */
static void tell(const struct s5a_pending *p)
{
    struct s5a_peer peer = { .facade = (uint8_t)p->attempt.kind.domain,
                             .port = s5a_facade_port(p->gate) };
    union s5a_inet local = p->local;
    if (local.family != AF_UNSPEC || s5a_facade_local(p->own, &peer, &local) == 0)
        (void)s5a_told_connected(p->inner, &p->attempt.named.as_given, &local);
}

/* To be seen once: two bytes of what fills it are enough to keep it shut, until it gets more room. Where
 * it cannot be given that, one byte is left. */
static void open_gate(struct s5a_pending *p, bool is_here)
{
    size_t kept = is_here ? 2 : 1;
    int room = ROOM;
    if (kept > p->filler)
        kept = p->filler;
    size_t filler = p->filler - kept;
    s5a_gate_open(p->inner, &filler);
    p->tail = filler == 0 ? (unsigned)kept : 0;
    p->filler = filler;
    if (is_here)
        (void)S5A_REAL(setsockopt)(p->number, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
}

void s5a_carry_begin(struct s5a_pending *p)
{
    bool is_here = s5a_socket_cookie(p->number) == p->gate;
    p->state = S5A_PENDING_CARRIED;
    if (is_here) {
        carry_timeout(p, SO_RCVTIMEO);
        carry_timeout(p, SO_SNDTIMEO);
        s5a_pending_become_plain(p);
    }
    carry_low_water_mark(p, is_here);
    tell(p);
    open_gate(p, is_here);
}

bool s5a_carry(struct s5a_pending *p)
{
    p->has_more = false;
    return p->relay != NULL ? s5a_relay_carry(p) : carry_clear(p);
}

uint64_t s5a_carry_limit(const struct s5a_pending *p)
{
    return p->relay != NULL ? s5a_relay_limit(p) : UINT64_MAX;
}

struct s5a_carry_events s5a_carry_wants(const struct s5a_pending *p)
{
    struct s5a_carry_events events = { 0, 0 };
    if (!p->out_ended && !p->out_full)
        events.inner |= EPOLLIN | EPOLLRDHUP | EPOLLET; /* a byte stays: tail.h */
    if (!p->in_ended && !p->in_full)
        events.own |= EPOLLIN;
    if (p->out_full)
        events.own |= EPOLLOUT;
    if (p->in_full)
        events.inner |= EPOLLOUT;
    return events;
}

void s5a_carry_rest(struct s5a_pending *p)
{
    char bytes[4096];
    (void)move(p->inner, p->own, bytes, sizeof bytes);
}

size_t s5a_carry_waiting(const struct s5a_pending *p)
{
    size_t in_relay = p->relay != NULL ? s5a_relay_waiting(p->relay) : 0;
    return in_relay + (p->out_ended ? 0 : s5a_tail_waiting(p->inner, p->tail));
}

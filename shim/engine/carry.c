/* Carrying bytes between a gate and the socket behind it. */
#include "shim/engine/carry.h"

#include <errno.h>

#include "shim/engine/gate.h"
#include "shim/real.h"
#include "shim/sockets/descriptors.h"

enum { ROUNDS = 16 }; /* of one direction, before others have their turn */

enum flow { FLOW_DRY, FLOW_FULL, FLOW_ENDED, FLOW_BROKEN };

/* Peeks, sends, and takes what was sent: so bytes are nowhere but in kernel buffers. */
static enum flow move(int from, int to)
{
    static char bytes[65536]; /* the engine's alone */
    for (int i = 0; i < ROUNDS; i++) {
        ssize_t got = recv(from, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
        if (got == 0)
            return FLOW_ENDED;
        if (got < 0)
            return errno == EAGAIN || errno == EINTR ? FLOW_DRY : FLOW_BROKEN;
        ssize_t sent = S5A_REAL(send)(to, bytes, (size_t)got, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN || errno == EINTR ? FLOW_FULL : FLOW_BROKEN;
        (void)!recv(from, bytes, (size_t)sent, MSG_DONTWAIT);
        if (sent < got)
            return FLOW_FULL;
    }
    return FLOW_DRY;
}

/* One direction; false where it broke. Its end is passed on as a half-close. */
static bool carry_one(int from, int to, bool *ended, bool *full)
{
    enum flow flow = *ended ? FLOW_ENDED : move(from, to);
    *full = flow == FLOW_FULL;
    if (flow == FLOW_ENDED && !*ended) {
        *ended = true;
        (void)S5A_REAL(shutdown)(to, SHUT_WR);
    }
    return flow != FLOW_BROKEN;
}

/* The options that the program's blocking calls go by. */
static void carry_timeout(const struct s5a_pending *p, int name)
{
    char value[64];
    socklen_t len = sizeof value;
    if (S5A_REAL(getsockopt)(p->own, SOL_SOCKET, name, value, &len) == 0)
        (void)S5A_REAL(setsockopt)(p->number, SOL_SOCKET, name, value, len);
}

void s5a_carry_begin(struct s5a_pending *p)
{
    int room = 256 * 1024;
    p->state = S5A_PENDING_CARRIED;
    if (s5a_socket_cookie(p->number) == p->gate) {
        (void)S5A_REAL(setsockopt)(p->number, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
        carry_timeout(p, SO_RCVTIMEO);
        carry_timeout(p, SO_SNDTIMEO);
    }
    s5a_gate_open(p->inner, &p->filler);
}

bool s5a_carry(struct s5a_pending *p)
{
    if (!carry_one(p->inner, p->own, &p->out_ended, &p->out_full) ||
        !carry_one(p->own, p->inner, &p->in_ended, &p->in_full))
        return false;
    return !p->out_ended || (!p->in_ended && !p->is_hung_up);
}

struct s5a_carry_events s5a_carry_wants(const struct s5a_pending *p)
{
    struct s5a_carry_events events = { 0, 0 };
    if (!p->out_ended && !p->out_full)
        events.inner |= EPOLLIN;
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
    (void)move(p->inner, p->own);
}

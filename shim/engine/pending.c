/* How a connect behind a gate begins, and passes from one thread to another. */
#include "shim/engine/pending.h"

#include <errno.h>
#include <netinet/tcp.h>

#include "shim/engine/conclude.h"
#include "shim/engine/engine.h"
#include "shim/engine/gate.h"
#include "shim/engine/private.h"
#include "shim/engine/sigio.h"
#include "shim/engine/swap.h"
#include "shim/engine/watches.h"
#include "shim/lock.h"
#include "shim/real.h"
#include "shim/sockets/descriptors.h"
#include "shim/sockets/facade.h"

/* What is needed before anything changes. */
struct parts {
    struct s5a_gate gate;
    int inner, own; /* private */
    int flags;      /* of the program's socket */
};

static void close_parts(const struct parts *parts)
{
    S5A_REAL(close)(parts->gate.outer);
    s5a_private_close(parts->inner);
    s5a_private_close(parts->own);
}

static int make_parts(int fd, struct parts *parts)
{
    parts->flags = S5A_REAL(fcntl)(fd, F_GETFL);
    if (parts->flags < 0)
        return -errno;
    int failed = s5a_gate_make(&parts->gate);
    if (failed != 0)
        return failed;
    parts->inner = s5a_private_move(parts->gate.inner);
    parts->own = parts->inner < 0 ? -1 : s5a_private_copy(fd);
    failed = parts->inner < 0 ? parts->inner : parts->own < 0 ? parts->own : 0;
    if (failed != 0)
        close_parts(parts);
    return failed;
}

/* The gate is to the program what its socket was; the socket itself must not block us, nor wait with
 * its SYN for the first bytes. */
static void exchange_manners(int fd, struct s5a_pending *p, const struct parts *parts)
{
    int off = 0;
    p->is_blocking = (parts->flags & O_NONBLOCK) == 0;
    if ((parts->flags & (O_NONBLOCK | O_ASYNC)) != O_NONBLOCK) {
        S5A_REAL(fcntl)(parts->own, F_SETFL, (parts->flags | O_NONBLOCK) & ~O_ASYNC);
        S5A_REAL(fcntl)(parts->gate.outer, F_SETFL, parts->flags | O_NONBLOCK);
    }
    if ((parts->flags & O_ASYNC) != 0)
        s5a_sigio_copy(fd, parts->gate.outer);
    if (s5a_facade_fast_open() &&
        s5a_socket_option(parts->own, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 0) != 0)
        S5A_REAL(setsockopt)(parts->own, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &off, sizeof off);
}

static bool know_gate(const struct s5a_pending *p)
{
    struct s5a_peer peer = { .kind = S5A_PEER_GATE,
                             .address = p->attempt.named.as_given,
                             .facade = (uint8_t)p->attempt.kind.domain,
                             .port = s5a_facade_port(p->gate),
                             .detail = p->slot };
    return s5a_peers_put_cookie(p->gate, &peer);
}

static void exchange(int fd, struct s5a_pending *p, const struct parts *parts)
{
    p->socket = s5a_socket_cookie(parts->own);
    if (s5a_watches_is_doubled(p->socket))
        s5a_watches_double(p->gate);
    (void)s5a_swap_in(fd, p->socket, parts->gate.outer);
}

static int gate_locked(int fd, struct s5a_attempt *from, const struct parts *parts,
                       struct s5a_pending **out)
{
    bool was_patient = from->is_patient;
    struct s5a_pending *p = s5a_pending_take();
    if (p == NULL)
        return -ENOMEM;
    p->gate = parts->gate.cookie;
    s5a_attempt_move(&p->attempt, from, parts->own);
    if (!know_gate(p)) {
        s5a_attempt_move(from, &p->attempt, fd);
        from->is_patient = was_patient;
        s5a_pending_end(p);
        return -ENOMEM;
    }
    p->state = S5A_PENDING_CONNECTING;
    p->is_busy = true;
    p->number = fd;
    p->filler = parts->gate.filler;
    p->inner = parts->inner;
    p->own = parts->own;
    exchange_manners(fd, p, parts);
    exchange(fd, p, parts);
    *out = p;
    return 0;
}

struct s5a_pending *s5a_pending_gate(int fd, struct s5a_attempt *from, int *failed)
{
    struct s5a_pending *p = NULL;
    struct parts parts;
    *failed = make_parts(fd, &parts);
    if (*failed != 0)
        return NULL;
    s5a_lock_shielded();
    s5a_engine_expect_forks();
    *failed = gate_locked(fd, from, &parts, &p);
    s5a_unlock_shielded();
    if (p != NULL)
        S5A_REAL(close)(parts.gate.outer);
    else
        close_parts(&parts);
    return p;
}

void s5a_pending_become_plain(struct s5a_pending *p)
{
    bool leads_there = s5a_socket_cookie(p->number) == p->gate;
    int flags = leads_there ? S5A_REAL(fcntl)(p->number, F_GETFL) : -1;
    if (p->is_blocking && flags >= 0)
        (void)S5A_REAL(fcntl)(p->number, F_SETFL, flags & ~O_NONBLOCK);
    p->is_blocking = false;
}

int s5a_pending_leave(struct s5a_pending *p, bool is_for_good)
{
    int failed = s5a_engine_reserve();
    if (failed != 0)
        return failed;
    s5a_lock_shielded();
    p->is_busy = p->is_awaited = false;
    if (is_for_good)
        s5a_pending_become_plain(p);
    s5a_engine_push(p);
    s5a_lock_wake();
    s5a_unlock_shielded();
    s5a_engine_unreserve();
    return 0;
}

/* Who sleeps on the gate, or holds it elsewhere, is left to the engine. Without one the sleeper sees
 * a hang-up more. */
static void clean_up(struct s5a_pending *p)
{
    s5a_unlock_shielded();
    bool has_engine = s5a_engine_reserve() == 0;
    s5a_lock_shielded();
    if (has_engine)
        s5a_engine_push(p);
    else
        s5a_pending_end(p);
    s5a_unlock_shielded();
    if (has_engine)
        s5a_engine_unreserve();
    s5a_lock_shielded();
}

void s5a_pending_conclude(struct s5a_pending *p, int result)
{
    s5a_lock_shielded();
    p->is_busy = false;
    if (p->is_dropped)
        s5a_pending_end(p);
    else if (s5a_conclude(p, result))
        clean_up(p);
    s5a_lock_wake();
    s5a_unlock_shielded();
}

/* The first step is made here, so that what the kernel knows at once is known, a local address
 * above all; not if that could take its time. Files are read here rather than by the engine, whose
 * descriptors would take low numbers behind the program's back. */
static int begin_shielded(int fd, struct s5a_attempt *from)
{
    int failed = s5a_engine_reserve();
    if (failed != 0)
        return failed;
    s5a_chain_recall(from->config->state_dir, from->proxy);
    struct s5a_pending *p = s5a_pending_gate(fd, from, &failed);
    if (p != NULL && !s5a_attempt_may_block(&p->attempt))
        p->result = s5a_attempt_step(&p->attempt, false);
    if (p != NULL)
        (void)s5a_pending_leave(p, true);
    s5a_engine_unreserve();
    return failed;
}

int s5a_pending_begin(int fd, struct s5a_attempt *from)
{
    struct s5a_locked locked;
    s5a_shield(&locked);
    int failed = begin_shielded(fd, from);
    s5a_unshield(&locked);
    return failed;
}

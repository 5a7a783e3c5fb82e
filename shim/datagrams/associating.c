/* An association in the making. */
#include "shim/datagrams/associating.h"

#include <errno.h>
#include <string.h>

#include "client/clock.h"
#include "shim/datagrams/again.h"
#include "shim/datagrams/associate.h"
#include "shim/datagrams/letting_in.h"
#include "shim/datagrams/minding.h"
#include "shim/datagrams/mtu.h"
#include "shim/datagrams/options.h"
#include "shim/datagrams/telling.h"
#include "shim/engine/engine.h"
#include "shim/engine/private.h"
#include "shim/real.h"
#include "shim/result.h"

static struct s5a_associating *under_way[S5A_ASSOCIATING_MAX];
static unsigned count_of_them;

unsigned s5a_associating_count(void)
{
    return count_of_them + s5a_local_relay_count() + s5a_minding_count();
}

/* ---- one in the making; the lock is held ---- */

struct s5a_associating *s5a_associating_at(size_t number)
{
    return number < S5A_ASSOCIATING_MAX ? under_way[number] : NULL;
}

struct s5a_associating *s5a_associating_find(const struct s5a_association *a)
{
    for (size_t i = 0; i < S5A_ASSOCIATING_MAX; i++)
        if (under_way[i] != NULL && under_way[i]->association.cookie == a->cookie)
            return under_way[i];
    return NULL;
}

static void end(struct s5a_associating *x)
{
    s5a_watched_leave(&x->watched);
    under_way[x->number] = NULL;
    count_of_them--;
    s5a_associating_drop(x);
}

void s5a_associating_release(const struct s5a_association *a)
{
    struct s5a_associating *x = s5a_associating_find(a);
    if (x == NULL)
        return;
    int another = S5A_REAL(socket)(a->domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (another >= 0) /* at once, since who is busy with it may use it meanwhile */
        (void)S5A_REAL(dup3)(another, x->socket, O_CLOEXEC);
    if (another >= 0)
        S5A_REAL(close)(another);
}

void s5a_associating_undo(struct s5a_association *own)
{
    int control = own->control;
    s5a_minding_end(own);
    if (own->has_local_relay)
        s5a_local_relay_end(own->cookie);
    own->has_local_relay = false;
    own->control = -1;
    s5a_private_close(control);
}

/* False: the socket is gone, or it has been made since the caller has looked. */
static bool become_pending(const struct s5a_associating *x)
{
    const struct s5a_proxy *proxy = x->path.hops[x->path.count - 1];
    struct s5a_association *own = s5a_association_begin_locked(&x->association);
    if (own == NULL)
        return false;
    bool is_made = own->state == S5A_ASSOCIATION_STANDING && own->proxy == proxy;
    if (!is_made) {
        s5a_associating_undo(own);
        own->state = S5A_ASSOCIATION_PENDING;
        own->overhead = 0;
        own->is_engaged = true;
        own->proxy = proxy;
        s5a_datagram_no_gro(x->socket, own);
    }
    s5a_association_end_locked(own);
    return !is_made;
}

bool s5a_associating_enlist(struct s5a_associating *x)
{
    uint32_t number = 0;
    while (number < S5A_ASSOCIATING_MAX && under_way[number] != NULL)
        number++;
    if (number == S5A_ASSOCIATING_MAX || s5a_associating_find(&x->association) != NULL ||
        !become_pending(x))
        return false;
    x->number = number;
    under_way[number] = x;
    count_of_them++;
    return true;
}

/* ---- what waits ---- */

bool s5a_associating_queue(struct s5a_associating *x, const struct iovec *parts, size_t count)
{
    struct s5a_writer w;
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += parts[i].iov_len;
    s5a_writer_init(&w, x->queue + x->filled, sizeof x->queue - x->filled);
    s5a_write_u32(&w, (uint32_t)len);
    for (size_t i = 0; i < count; i++)
        s5a_write_bytes(&w, parts[i].iov_base, parts[i].iov_len);
    if (w.bad || x->queued >= S5A_ASSOCIATING_QUEUE_MAX)
        return false;
    x->filled += s5a_writer_len(&w);
    x->queued++;
    return true;
}

/* ---- its end ---- */

static void flush(struct s5a_associating *x, const union s5a_inet *relay)
{
    struct s5a_reader r;
    s5a_reader_init(&r, x->queue, x->filled);
    for (unsigned i = 0; i < x->queued; i++) {
        struct s5a_span datagram = s5a_read_span(&r, s5a_read_u32(&r));
        (void)S5A_REAL(sendto)(x->socket, datagram.at, datagram.len, MSG_DONTWAIT | MSG_NOSIGNAL,
                               &relay->plain, s5a_inet_len(relay));
    }
}

/* 0 or -errno. */
static int begin_local(struct s5a_associating *x, struct s5a_association *own)
{
    if (!s5a_engine_is_here())
        return -ENOBUFS;
    union s5a_inet at = x->way.at;
    uint16_t overhead = (uint16_t)x->way.layers.len;
    int failed = s5a_local_relay_begin(own, x->socket, &x->way);
    if (failed != 0)
        return failed;
    (void)s5a_inet_in_family(&own->relay, own->domain, &at);
    own->has_local_relay = true;
    own->is_in_stream = x->path.is_in_stream;
    own->overhead = overhead;
    return 0;
}

static int settle(struct s5a_associating *x, struct s5a_association *own)
{
    own->relay = x->relay;
    int failed = s5a_associating_is_local(x) ? begin_local(x, own) : 0;
    if (failed != 0)
        return failed;
    own->control = x->way.controls[0];
    x->way.controls[0] = -1;
    own->looked = x->is_renewal && x->queued == 0 ? 0 : s5a_now();
    own->state = S5A_ASSOCIATION_STANDING;
    own->failures = 0;
    own->stood = s5a_now();
    if (!own->has_local_relay)
        s5a_private_keep(own->control);
    s5a_minding_begin(own);
    s5a_datagram_follow_options(x->socket, own);
    return s5a_let_in(x->socket, own);
}

/* What the program is told: a refusal by the proxy is a permission that it lacks; of connections, which
 * may be reset, datagrams know nothing. */
static int programs_errno(const struct s5a_associating *x, int failed)
{
    if (x->attempt.is_dialled && x->attempt.report.rep > 0)
        return EACCES;
    return failed == -ECONNRESET || failed == -EPIPE ? ECONNREFUSED : -failed;
}

static void fail(struct s5a_associating *x, struct s5a_association *own, int failed)
{
    s5a_associating_undo(own); /* of what was granted, where it is the filter that cannot be had */
    s5a_again_after_failure(own, programs_errno(x, failed));
    if (x->is_renewal)
        own->state = S5A_ASSOCIATION_NONE;
}

/* Who waits for an answer is to know that there is none. */
static void tell(struct s5a_associating *x, const struct s5a_association *a)
{
    const struct s5a_lost lost = { { x->queue, x->filled }, x->queued };
    if (x->queued > 0 || x->is_renewal)
        s5a_tell(x->socket, a, a->error, &lost);
}

int s5a_associating_conclude(struct s5a_associating *x, int result)
{
    s5a_watched_leave(&x->watched); /* first: the connection may be watched for what goes over it */
    struct s5a_association *own = s5a_association_begin_locked(&x->association);
    if (own == NULL) { /* the program has closed the socket: what it sent before goes out */
        if (result == 0 && !s5a_associating_is_local(x))
            flush(x, &x->relay);
        end(x);
        return -EBADF;
    }
    if (result == 0)
        result = settle(x, own);
    if (result != 0)
        fail(x, own, result);
    const struct s5a_association now = *own;
    s5a_association_end_locked(own);
    if (result == 0)
        flush(x, &now.relay);
    else
        tell(x, &now);
    end(x);
    return result == 0 ? 0 : -now.error;
}

void s5a_associating_forget(void)
{
    s5a_minding_forget();
    s5a_local_relay_forget();
    for (size_t i = 0; i < S5A_ASSOCIATING_MAX; i++) {
        if (under_way[i] == NULL)
            continue;
        under_way[i]->watched.fd = -1; /* the set is the parent's */
        end(under_way[i]);
    }
}

/* Associations in stream. */
#include "shim/datagrams/streaming.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "client/clock.h"
#include "protocol/tol/inlet.h"
#include "protocol/tol/outlet.h"
#include "shim/datagrams/loopback.h"
#include "shim/engine/lent.h"
#include "shim/engine/private.h"
#include "shim/engine/watch.h"
#include "shim/real.h"

enum {
    AT_ONCE_MAX = 1024,
    ROUNDS = 16, /* of one direction, before others have their turn */
    LEN = 2,
    DATAGRAM_MAX = 65535,
    PLACES = 8,
    PIECES = 16,
};

struct streaming {
    uint32_t number;
    uint64_t cookie;
    int local, control;
    uint32_t events; /* of the control connection */
    bool out_full;
    struct s5a_tol_link link;
    struct s5a_tol_outlet out;
    struct s5a_tol_inlet in;
    size_t filled;                             /* of `message` */
    uint8_t message[2 * (LEN + DATAGRAM_MAX)]; /* not whole yet */
    uint8_t datagram[LEN + DATAGRAM_MAX];
};

static struct streaming *all[AT_ONCE_MAX];
static unsigned count_of_all;

unsigned s5a_streaming_count(void)
{
    return count_of_all;
}

/* ---- life ---- */

static uint64_t tag(const struct streaming *x, bool is_local)
{
    return (uint64_t)(S5A_STREAMING_TAG | x->number << 1 | is_local) << 32;
}

static void give_all(struct streaming *x)
{
    s5a_lent_give(S5A_LENT_OUT, s5a_tol_outlet_reclaim(&x->out, true));
    s5a_lent_give(S5A_LENT_IN, s5a_tol_inlet_reclaim(&x->in, true));
    s5a_tol_link_wipe(&x->link);
}

static void drop(struct streaming *x)
{
    give_all(x);
    s5a_private_close(x->local);
    all[x->number] = NULL;
    count_of_all--;
    explicit_bzero(x, sizeof *x);
    munmap(x, sizeof *x);
}

/* By itself: the association sees that its connection has ended. */
static void break_off(struct streaming *x)
{
    s5a_watch_other(EPOLL_CTL_DEL, x->control, 0, 0);
    s5a_watch_other(EPOLL_CTL_DEL, x->local, 0, 0);
    (void)S5A_REAL(shutdown)(x->control, SHUT_RDWR);
    drop(x);
}

void s5a_streaming_end(uint64_t cookie)
{
    for (size_t i = 0; i < AT_ONCE_MAX && count_of_all != 0; i++)
        if (all[i] != NULL && all[i]->cookie == cookie)
            break_off(all[i]);
}

void s5a_streaming_forget(void)
{
    for (size_t i = 0; i < AT_ONCE_MAX && count_of_all != 0; i++)
        if (all[i] != NULL)
            drop(all[i]);
}

static struct streaming *new_one(void)
{
    for (uint32_t i = 0; i < AT_ONCE_MAX; i++) {
        if (all[i] != NULL)
            continue;
        struct streaming *x =
            mmap(NULL, sizeof *x, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (x == MAP_FAILED)
            return NULL;
        x->number = i;
        all[i] = x;
        count_of_all++;
        return x;
    }
    return NULL;
}

/* ---- to the program ---- */

/* Whole messages go; what is dropped by the kernel is lost, as datagrams may be. */
static bool pass_messages(struct streaming *x)
{
    struct s5a_reader r;
    struct s5a_span message;
    enum s5a_status status;
    s5a_reader_init(&r, x->message, x->filled);
    while ((status = s5a_udp_stream_decode(&r, &message)) == S5A_OK)
        (void)S5A_REAL(send)(x->local, message.at, message.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    size_t left = s5a_reader_left(&r);
    memmove(x->message, x->message + x->filled - left, left);
    x->filled = left;
    return status == S5A_INCOMPLETE;
}

static bool take_payload(struct streaming *x, const struct iovec *piece)
{
    const uint8_t *at = piece->iov_base;
    for (size_t left = piece->iov_len; left > 0;) {
        size_t room = sizeof x->message - x->filled;
        size_t some = left < room ? left : room;
        memcpy(x->message + x->filled, at, some);
        x->filled += some;
        at += some;
        left -= some;
        if (!pass_messages(x))
            return false;
    }
    return true;
}

static bool open_records(struct streaming *x)
{
    struct iovec pieces[PIECES];
    int count;
    while ((count = s5a_tol_inlet_payload(&x->in, pieces, PIECES)) > 0)
        for (int i = 0; i < count; i++) {
            if (!take_payload(x, &pieces[i]))
                return false;
            s5a_tol_inlet_gave(&x->in, pieces[i].iov_len);
        }
    return s5a_tol_inlet_state(&x->in) == S5A_TOL_INLET_OPEN;
}

static bool lend_in(struct streaming *x)
{
    uint8_t *buffer = s5a_tol_inlet_has_buffer(&x->in) ? NULL : s5a_lent_take(S5A_LENT_IN);
    if (buffer != NULL)
        s5a_tol_inlet_lend(&x->in, buffer);
    return s5a_tol_inlet_has_buffer(&x->in);
}

static bool flow_in(struct streaming *x)
{
    bool is_good = lend_in(x);
    for (int i = 0; i < ROUNDS && is_good; i++) {
        size_t room;
        uint8_t *to = s5a_tol_inlet_room(&x->in, &room);
        ssize_t got = to == NULL ? -1 : S5A_REAL(recv)(x->control, to, room, MSG_DONTWAIT);
        if (got < 0 && (to == NULL || errno == EAGAIN || errno == EINTR))
            break;
        if (got > 0)
            s5a_tol_inlet_took(&x->in, (size_t)got);
        else
            s5a_tol_inlet_fin(&x->in);
        is_good = open_records(x);
    }
    s5a_lent_give(S5A_LENT_IN, s5a_tol_inlet_reclaim(&x->in, false));
    return is_good;
}

/* ---- from the program ---- */

/* False where there is no room for it: it is lost. */
static bool put(struct streaming *x, size_t len, uint64_t now)
{
    struct iovec places[PLACES];
    int count = s5a_tol_outlet_room(&x->out, places, PLACES);
    size_t room = 0, at = 0;
    for (int i = 0; i < count; i++)
        room += places[i].iov_len;
    if (room < len)
        return false;
    for (int i = 0; at < len; at += places[i++].iov_len) {
        if (places[i].iov_len > len - at)
            places[i].iov_len = len - at;
        memcpy(places[i].iov_base, x->datagram + at, places[i].iov_len);
    }
    s5a_tol_outlet_took(&x->out, len, 0, now);
    return true;
}

/* False: the connection is broken. */
static bool write_records(struct streaming *x, uint64_t now)
{
    struct iovec pieces[PIECES];
    struct msghdr message = { .msg_iov = pieces };
    int count;
    x->out_full = false;
    while ((count = s5a_tol_outlet_output(&x->out, now, pieces, PIECES)) > 0) {
        message.msg_iovlen = (size_t)count;
        ssize_t sent = S5A_REAL(sendmsg)(x->control, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0) {
            x->out_full = errno == EAGAIN;
            return errno == EAGAIN || errno == EINTR;
        }
        s5a_tol_outlet_sent(&x->out, (size_t)sent);
    }
    return !s5a_tol_outlet_failed(&x->out);
}

static bool lend_out(struct streaming *x)
{
    uint8_t *buffer = s5a_tol_outlet_has_buffer(&x->out) ? NULL : s5a_lent_take(S5A_LENT_OUT);
    if (buffer != NULL)
        s5a_tol_outlet_lend(&x->out, buffer);
    return s5a_tol_outlet_has_buffer(&x->out);
}

/* `is_read`: the program may have sent. Where the connection is full, datagrams wait in the kernel. */
static bool flow_out(struct streaming *x, bool is_read, uint64_t now)
{
    bool is_good = lend_out(x) && write_records(x, now);
    for (int i = 0; i < ROUNDS && is_good && is_read && !x->out_full; i++) {
        ssize_t got = S5A_REAL(recv)(x->local, x->datagram + LEN, DATAGRAM_MAX, MSG_DONTWAIT);
        if (got < 0)
            break;
        x->datagram[0] = (uint8_t)(got >> 8);
        x->datagram[1] = (uint8_t)got;
        (void)!put(x, LEN + (size_t)got, now);
        is_good = write_records(x, now);
    }
    s5a_lent_give(S5A_LENT_OUT, s5a_tol_outlet_reclaim(&x->out, false));
    return is_good;
}

/* ---- turns ---- */

static void watch(struct streaming *x)
{
    uint32_t events = EPOLLIN | (x->out_full ? (uint32_t)EPOLLOUT : 0);
    if (events == x->events)
        return;
    s5a_watch_other(x->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, x->control, events,
                    tag(x, false));
    if (x->events == 0 || (events ^ x->events) != 0)
        s5a_watch_other(x->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, x->local,
                        x->out_full ? 0 : EPOLLIN, tag(x, true));
    x->events = events;
}

static void go_on(struct streaming *x, bool is_in, bool is_read)
{
    uint64_t now = s5a_now();
    if ((is_in && !flow_in(x)) || !flow_out(x, is_read, now))
        break_off(x);
    else
        watch(x);
}

void s5a_streaming_handle(const struct epoll_event *event)
{
    uint32_t bits = (uint32_t)(event->data.u64 >> 32) & ~(uint32_t)S5A_STREAMING_TAG;
    struct streaming *x = bits >> 1 < AT_ONCE_MAX ? all[bits >> 1] : NULL;
    bool is_local = (bits & 1) != 0;
    if (x != NULL)
        go_on(x, !is_local && (event->events & ~(uint32_t)EPOLLOUT) != 0, is_local);
}

uint64_t s5a_streaming_expire(uint64_t now)
{
    uint64_t soonest = UINT64_MAX;
    for (size_t i = 0; i < AT_ONCE_MAX && count_of_all != 0; i++) {
        if (all[i] != NULL && !all[i]->out_full && s5a_tol_outlet_deadline(&all[i]->out) <= now)
            go_on(all[i], false, false);
        if (all[i] == NULL || all[i]->out_full)
            continue;
        uint64_t limit = s5a_tol_outlet_deadline(&all[i]->out);
        soonest = limit < soonest ? limit : soonest;
    }
    return soonest;
}

int s5a_streaming_begin(const struct s5a_association *a, int fd, int local, int control,
                        struct s5a_wire *wire)
{
    union s5a_inet program;
    struct s5a_span early = { wire->early, wire->early_len }, none = { NULL, 0 };
    int failed = s5a_loopback_reach(fd, a->domain, &program);
    if (failed == 0 && S5A_REAL(connect)(local, &program.plain, s5a_inet_len(&program)) != 0)
        failed = -errno;
    struct streaming *x = failed == 0 ? new_one() : NULL;
    if (x == NULL)
        return failed != 0 ? failed : -ENOBUFS;
    x->cookie = a->cookie;
    x->local = local;
    x->control = control;
    s5a_tol_link_move(&x->link, &wire->link);
    s5a_tol_outlet_init(&x->out, &x->link, s5a_now());
    s5a_tol_inlet_init(&x->in, &x->link);
    if (early.len > 0 && lend_in(x)) {
        (void)!s5a_tol_inlet_prime(&x->in, early, none);
        (void)!open_records(x);
    }
    s5a_wire_free(wire);
    watch(x);
    s5a_watch_ring();
    return 0;
}

/* Making associations. */
#include "shim/datagrams/associate.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "client/clock.h"
#include "shim/datagrams/letting_in.h"
#include "shim/datagrams/options.h"
#include "shim/datagrams/relay_address.h"
#include "shim/engine/engine.h"
#include "shim/engine/private.h"
#include "shim/engine/watch.h"
#include "shim/lock.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/sockets/attempt.h"
#include "shim/sockets/patience.h"

enum {
    AT_ONCE_MAX = 64,  /* associations in the making */
    QUEUE_CAP = 65536, /* bytes of datagrams that wait for one */
    QUEUE_MAX = 64,    /* datagrams */
    AGAIN_MS = 5000,   /* after a failure */
    LOOK_MS = 100,     /* how often the control connection is looked at */
    TAG = 1u << 31,    /* of events; slots of pending connects are lower */
};

/* All of it is under the lock but for the attempt, which is the busy thread's while `is_busy`. */
struct associating {
    bool is_busy;
    bool is_handed; /* to the engine */
    uint32_t number;
    int socket; /* private: the program's, for what is queued */
    int own;    /* private: the control connection */
    int watched;
    unsigned watched_dial;
    uint32_t events;
    struct s5a_association association;
    struct s5a_ask ask;
    struct s5a_answers answers;
    struct s5a_attempt attempt;
    unsigned queued;
    size_t filled;
    uint8_t queue[QUEUE_CAP]; /* u32 length, datagram */
};

static struct associating *under_way[AT_ONCE_MAX];
static unsigned count_of_them;

unsigned s5a_associating_count(void)
{
    return count_of_them;
}

/* ---- one in the making; the lock is held ---- */

static struct associating *find(const struct s5a_association *a)
{
    for (size_t i = 0; i < AT_ONCE_MAX; i++)
        if (under_way[i] != NULL && under_way[i]->association.cookie == a->cookie)
            return under_way[i];
    return NULL;
}

static void unwatch(struct associating *x)
{
    if (x->watched >= 0)
        s5a_watch_other(EPOLL_CTL_DEL, x->watched, 0, 0);
    x->watched = -1;
}

static void end(struct associating *x)
{
    unwatch(x);
    s5a_attempt_drop(&x->attempt);
    s5a_private_close(x->own);
    s5a_private_close(x->socket);
    under_way[x->number] = NULL;
    count_of_them--;
    munmap(x, sizeof *x);
}

static void init(struct associating *x, const struct s5a_datagram_route *route)
{
    struct s5a_socket_kind kind = { AF_INET, SOCK_STREAM, IPPROTO_TCP };
    x->association = route->association;
    x->watched = -1;
    x->ask.request = (struct s5a_request){ .command = S5A_CMD_UDP_ASSOCIATE,
                                           .address = s5a_address_ipv4((const uint8_t[4]){ 0 }),
                                           .options = s5a_udp_options_default() };
    x->ask.answers = &x->answers;
    if (s5a_socket_option(x->socket, IPPROTO_IPV6, IPV6_V6ONLY, 0) != 0)
        kind.domain = AF_INET6;
    s5a_attempt_init(&x->attempt, x->own, &kind, route->config, route->proxy);
    s5a_named_copy(&x->attempt.named, &route->named);
    x->attempt.ask = &x->ask;
}

static int open_control(int fd)
{
    int domain = s5a_socket_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) != 0 ? AF_INET6 : AF_INET;
    int own = S5A_REAL(socket)(domain, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return own < 0 ? -errno : s5a_private_move(own);
}

/* Without the lock: it may have to lift a limit. */
static struct associating *new_one(int fd, const struct s5a_datagram_route *route, int *failed)
{
    struct associating *x =
        mmap(NULL, sizeof *x, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *failed = -ENOBUFS;
    if (x == MAP_FAILED)
        return NULL;
    x->socket = s5a_private_copy(fd);
    x->own = open_control(fd);
    if (x->socket >= 0 && x->own >= 0) {
        init(x, route);
        return x;
    }
    *failed = x->socket < 0 ? x->socket : x->own;
    s5a_private_close(x->socket);
    s5a_private_close(x->own);
    munmap(x, sizeof *x);
    return NULL;
}

static void drop_new(struct associating *x)
{
    s5a_private_close(x->socket);
    s5a_private_close(x->own);
    munmap(x, sizeof *x);
}

/* Into the table, the slot PENDING. False: another thread was quicker, or there are too many. */
static bool enlist(struct associating *x)
{
    struct s5a_association *own;
    for (uint32_t i = 0; i < AT_ONCE_MAX && find(&x->association) == NULL; i++) {
        if (under_way[i] != NULL)
            continue;
        own = s5a_association_begin_locked(&x->association);
        if (own == NULL)
            return false;
        int control = own->control;
        own->state = S5A_ASSOCIATION_PENDING;
        own->is_engaged = true;
        own->control = -1;
        own->proxy = x->attempt.proxy;
        s5a_datagram_no_gro(x->socket, own);
        s5a_association_end_locked(own);
        s5a_private_close(control);
        x->number = i;
        under_way[i] = x;
        count_of_them++;
        return true;
    }
    return false;
}

/* ---- its end ---- */

static void flush(struct associating *x, const union s5a_inet *relay)
{
    struct s5a_reader r;
    s5a_reader_init(&r, x->queue, x->filled);
    for (unsigned i = 0; i < x->queued; i++) {
        struct s5a_span datagram = s5a_read_span(&r, s5a_read_u32(&r));
        (void)S5A_REAL(sendto)(x->socket, datagram.at, datagram.len, MSG_DONTWAIT | MSG_NOSIGNAL,
                               &relay->plain, s5a_inet_len(relay));
    }
}

/* The reply, as an address that the socket can send to. 0 or -errno with a line in the log. */
static int settle(struct associating *x, struct s5a_association *own)
{
    int control = s5a_attempt_socket(&x->attempt);
    int failed = s5a_relay_address(x->socket, control, &x->answers, &own->relay);
    if (failed != 0)
        return failed;
    own->control = control;
    own->looked = s5a_now();
    own->state = S5A_ASSOCIATION_STANDING;
    s5a_private_keep(control);
    if (x->attempt.standin >= 0)
        x->attempt.standin = -1;
    else
        x->own = -1;
    return s5a_let_in(x->socket, own);
}

/* What the program is told: a refusal by the proxy is a permission that it lacks. */
static int programs_errno(const struct associating *x, int failed)
{
    return x->attempt.is_dialled && x->attempt.report.rep > 0 ? EACCES : -failed;
}

static int conclude(struct associating *x, int result)
{
    struct s5a_association *own = s5a_association_begin_locked(&x->association);
    if (own == NULL) { /* the program has closed the socket */
        end(x);
        return -EBADF;
    }
    if (result == 0)
        result = settle(x, own);
    if (result != 0) {
        own->state = S5A_ASSOCIATION_FAILED;
        own->error = programs_errno(x, result);
        own->until = s5a_now() + AGAIN_MS;
        result = -own->error;
    }
    union s5a_inet relay = own->relay;
    s5a_association_end_locked(own);
    if (result == 0)
        flush(x, &relay);
    end(x);
    return result;
}

/* ---- by the engine ---- */

static void watch(struct associating *x)
{
    int fd = s5a_attempt_socket(&x->attempt);
    uint32_t events = (uint32_t)s5a_attempt_events(&x->attempt);
    if (x->watched >= 0 && (x->watched != fd || x->watched_dial != x->attempt.dials))
        unwatch(x);
    if (x->watched < 0)
        s5a_watch_other(EPOLL_CTL_ADD, fd, events, (uint64_t)(TAG | x->number) << 32);
    else if (events != x->events)
        s5a_watch_other(EPOLL_CTL_MOD, fd, events, (uint64_t)(TAG | x->number) << 32);
    x->watched = fd;
    x->watched_dial = x->attempt.dials;
    x->events = events;
}

static uint64_t limit_of(const struct associating *x)
{
    return x->attempt.stage == S5A_ATTEMPT_FIND ? 0 : s5a_attempt_limit(&x->attempt);
}

/* The lock is given back meanwhile. */
static int step(struct associating *x, bool ready)
{
    x->is_busy = true;
    s5a_unlock_shielded();
    int result = s5a_attempt_step(&x->attempt, ready);
    if (result != -EINPROGRESS)
        s5a_attempt_report(&x->attempt, result);
    s5a_lock_shielded();
    x->is_busy = false;
    return result;
}

static void go_on(struct associating *x, bool ready)
{
    int result = step(x, ready);
    if (result == -EINPROGRESS)
        watch(x);
    else
        (void)conclude(x, result);
}

bool s5a_associating_handle(const struct epoll_event *event)
{
    uint32_t number = (uint32_t)(event->data.u64 >> 32);
    if ((number & TAG) == 0)
        return false;
    number &= ~TAG;
    struct associating *x = number < AT_ONCE_MAX ? under_way[number] : NULL;
    if (x != NULL && x->is_handed && !x->is_busy)
        go_on(x, true);
    return true;
}

uint64_t s5a_associating_expire(uint64_t now)
{
    uint64_t soonest = UINT64_MAX;
    for (size_t i = 0; i < AT_ONCE_MAX && count_of_them != 0; i++) {
        struct associating *x = under_way[i];
        if (x == NULL || !x->is_handed || x->is_busy)
            continue;
        if (limit_of(x) <= now)
            go_on(x, false);
        if (under_way[i] != NULL && limit_of(under_way[i]) < soonest)
            soonest = limit_of(under_way[i]);
    }
    return soonest;
}

/* The engine is reserved. */
static void hand_over(struct associating *x)
{
    x->is_handed = true;
    x->is_busy = false;
    if (x->attempt.stage != S5A_ATTEMPT_FIND)
        watch(x);
    s5a_watch_ring();
}

/* ---- by the calling thread, within a shield ---- */

/* A handler that is to run, runs while the engine goes on: to send on UDP sockets never waits, so it
 * is not interrupted. */
static int drive(struct associating *x, const struct s5a_locked *shield)
{
    bool ready = false;
    for (;;) {
        bool is_ended;
        int result = s5a_attempt_step(&x->attempt, ready);
        if (result != -EINPROGRESS) {
            s5a_attempt_report(&x->attempt, result);
            s5a_lock_shielded();
            result = conclude(x, result);
            s5a_unlock_shielded();
            return result;
        }
        int waited =
            s5a_wait_alertly(s5a_attempt_socket(&x->attempt), s5a_attempt_events(&x->attempt),
                             s5a_attempt_limit(&x->attempt), &shield->signals, &is_ended);
        if (waited == -EINTR && s5a_engine_reserve() == 0) {
            s5a_lock_shielded();
            hand_over(x);
            s5a_unlock_shielded();
            s5a_engine_unreserve();
            return -EINPROGRESS;
        }
        ready = waited > 0;
    }
}

static int begin(struct associating *x, bool is_nonblocking, const struct s5a_locked *shield)
{
    s5a_lock_shielded();
    bool is_ours = enlist(x);
    x->is_busy = true;
    s5a_unlock_shielded();
    if (!is_ours) {
        drop_new(x);
        return -EAGAIN;
    }
    if (!is_nonblocking || s5a_engine_reserve() != 0)
        return drive(x, shield);
    int result =
        s5a_attempt_may_block(&x->attempt) ? -EINPROGRESS : s5a_attempt_step(&x->attempt, false);
    if (result != -EINPROGRESS)
        s5a_attempt_report(&x->attempt, result);
    s5a_lock_shielded();
    if (result == -EINPROGRESS)
        hand_over(x);
    else
        result = conclude(x, result);
    s5a_unlock_shielded();
    s5a_engine_unreserve();
    return result;
}

static int make(int fd, struct s5a_datagram_route *route, bool is_nonblocking)
{
    struct s5a_locked shield;
    int result;
    s5a_shield(&shield);
    s5a_engine_expect_forks();
    struct associating *x = new_one(fd, route, &result);
    if (x != NULL)
        result = begin(x, is_nonblocking, &shield);
    s5a_unshield(&shield);
    s5a_association_refresh(&route->association);
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

static bool still_stands(struct s5a_association *a)
{
    struct s5a_locked locked;
    uint64_t now = s5a_now();
    if (now - a->looked < LOOK_MS)
        return true;
    bool is_lost = is_cut(a->control);
    struct s5a_association *own = s5a_association_begin(a, &locked);
    if (own == NULL)
        return !is_lost;
    own->looked = now;
    if (is_lost && own->state == S5A_ASSOCIATION_STANDING && own->control == a->control)
        own->state = S5A_ASSOCIATION_NONE;
    s5a_association_end(own, &locked);
    if (is_lost)
        s5a_log(S5A_LOG_INFO, "proxy %s: the connection of an association is lost", a->proxy->name);
    return !is_lost;
}

int s5a_associate(int fd, struct s5a_datagram_route *route, bool is_nonblocking)
{
    struct s5a_association *a = &route->association;
    bool is_same = a->proxy == route->proxy;
    if (a->state == S5A_ASSOCIATION_STANDING && is_same && still_stands(a))
        return 0;
    if (a->state == S5A_ASSOCIATION_PENDING && is_same)
        return -EINPROGRESS;
    if (a->state == S5A_ASSOCIATION_FAILED && is_same && s5a_now() < a->until)
        return -a->error;
    int result = make(fd, route, is_nonblocking);
    if (result != -EAGAIN)
        return result;
    if (a->state == S5A_ASSOCIATION_STANDING)
        return 0;
    return a->state == S5A_ASSOCIATION_PENDING ? -EINPROGRESS : -ENOBUFS;
}

/* ---- what waits ---- */

static bool append(struct associating *x, const struct iovec *parts, size_t count)
{
    struct s5a_writer w;
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += parts[i].iov_len;
    s5a_writer_init(&w, x->queue + x->filled, sizeof x->queue - x->filled);
    s5a_write_u32(&w, (uint32_t)len);
    for (size_t i = 0; i < count; i++)
        s5a_write_bytes(&w, parts[i].iov_base, parts[i].iov_len);
    if (w.bad || x->queued >= QUEUE_MAX)
        return false;
    x->filled += s5a_writer_len(&w);
    x->queued++;
    return true;
}

int s5a_associate_queue(const struct s5a_association *a, const struct iovec *parts, size_t count)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    struct associating *x = find(a);
    int failed = x == NULL ? -EALREADY : append(x, parts, count) ? 0 : -ENOBUFS;
    s5a_unlock(&locked);
    return failed;
}

void s5a_associating_forget(void)
{
    for (size_t i = 0; i < AT_ONCE_MAX; i++) {
        if (under_way[i] == NULL)
            continue;
        under_way[i]->watched = -1; /* the set is the parent's */
        end(under_way[i]);
    }
}

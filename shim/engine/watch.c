/* The engine's epoll set. */
#include "shim/engine/watch.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "shim/engine/carry.h"
#include "shim/engine/private.h"
#include "shim/real.h"

static int set = -1;  /* private */
static int bell = -1; /* eventfd, private; edge-triggered, so nobody has to read it */

static int control(int op, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = { .events = events, .data.u64 = data };
    return S5A_REAL(epoll_ctl)(set, op, fd, &event);
}

int s5a_watch_open(void)
{
    set = epoll_create1(EPOLL_CLOEXEC);
    set = set < 0 ? -errno : s5a_private_move(set);
    bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    bell = bell < 0 ? -errno : s5a_private_move(bell);
    int failed = set < 0 ? set : bell < 0 ? bell : 0;
    if (failed == 0 && control(EPOLL_CTL_ADD, bell, EPOLLIN | EPOLLET, 0) != 0)
        failed = -errno;
    if (failed != 0)
        s5a_watch_close();
    return failed;
}

void s5a_watch_close(void)
{
    s5a_private_close(set);
    s5a_private_close(bell);
    set = bell = -1;
}

void s5a_watch_ring(void)
{
    static const uint64_t one = 1;
    (void)!write(bell, &one, sizeof one);
}

int s5a_watch_wait(struct epoll_event *events, int count, int ms)
{
    return epoll_wait(set, events, count, ms);
}

/* ---- subjects ---- */

/* Slot and the low bits of the gate's cookie, so that an event that outlived its slot is known as
 * such; the lowest bit is set for the inner end of the gate. */
static uint64_t tag(const struct s5a_pending *p, bool is_inner)
{
    return (uint64_t)p->slot << 32 | (p->gate << 1 & 0xfffffffe) | is_inner;
}

struct s5a_pending *s5a_watch_subject(const struct epoll_event *event)
{
    struct s5a_pending *p = s5a_pending_at((uint32_t)(event->data.u64 >> 32));
    bool is_same = p != NULL && p->gate != 0 && (tag(p, true) | 1) == (event->data.u64 | 1);
    return is_same ? p : NULL;
}

bool s5a_watch_is_inner(const struct epoll_event *event)
{
    return (event->data.u64 & 1) != 0;
}

/* ---- others ---- */

enum { NUMBER_BITS = 28, ABOVE_COOKIE = 32 };

uint64_t s5a_watch_data(enum s5a_watched whose, uint32_t number, uint32_t cookie)
{
    return (uint64_t)whose << (NUMBER_BITS + ABOVE_COOKIE) | (uint64_t)number << ABOVE_COOKIE |
           cookie;
}

enum s5a_watched s5a_watch_whose(const struct epoll_event *event)
{
    return (enum s5a_watched)(event->data.u64 >> (NUMBER_BITS + ABOVE_COOKIE));
}

uint32_t s5a_watch_number(const struct epoll_event *event)
{
    return (uint32_t)(event->data.u64 >> ABOVE_COOKIE) & ((1u << NUMBER_BITS) - 1);
}

void s5a_watch_other(int op, int fd, uint32_t events, uint64_t data)
{
    (void)control(op, fd, events, data);
}

/* ---- what is watched of a pending connect ---- */

/* A stand-in that the attempt has closed has left the set by that, and its number may be another
 * attempt's by now. */
void s5a_watch_no_socket(struct s5a_pending *p)
{
    if (p->watched.fd == p->own || p->watched.fd == p->attempt.standin)
        s5a_watched_leave(&p->watched);
    p->watched.fd = -1;
}

void s5a_watch_no_gate(struct s5a_pending *p)
{
    if (p->is_gate_watched)
        (void)control(EPOLL_CTL_DEL, p->inner, 0, 0);
    p->is_gate_watched = false;
}

static void watch_socket(struct s5a_pending *p, int fd, uint32_t events)
{
    if (s5a_watched_is_other(&p->watched, fd, p->attempt.dials))
        s5a_watch_no_socket(p);
    s5a_watched_follow(&p->watched, fd, p->attempt.dials, events, tag(p, false));
}

void s5a_watch_gate(struct s5a_pending *p)
{
    p->is_gate_watched = control(EPOLL_CTL_ADD, p->inner, 0, tag(p, true)) == 0;
    p->inner_events = 0;
}

/* poll() and epoll have the same numbers for these. */
void s5a_watch_attempt(struct s5a_pending *p)
{
    watch_socket(p, s5a_attempt_socket(&p->attempt), (uint32_t)s5a_attempt_events(&p->attempt));
}

void s5a_watch_carried(struct s5a_pending *p)
{
    struct s5a_carry_events events = s5a_carry_wants(p);
    if (p->is_cut)
        s5a_watch_no_socket(p); /* it would show that for ever */
    else
        watch_socket(p, p->own, events.own);
    if (p->is_gate_watched && p->inner_events != events.inner)
        (void)control(EPOLL_CTL_MOD, p->inner, events.inner, tag(p, true));
    p->inner_events = events.inner;
}

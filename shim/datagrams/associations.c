/* The table of UDP sockets. */
#include "shim/datagrams/associations.h"

#include <errno.h>
#include <sched.h>

#include "shim/datagrams/slots.h"
#include "shim/lock.h"
#include "shim/programs/vfork.h"
#include "shim/sockets/descriptors.h"

enum {
    TYPE_MASK = 0xf, /* the rest of socket()'s type are flags */
    TRIES_A_TURN = 100,
    TRIES_MAX = 100000, /* in a child that libc does not know of, who writes may be gone for good */
};

/* Under the lock already, or on the memory of a parent whose descriptors are others. */
static bool is_to_look_only(void)
{
    return s5a_lock_is_mine() || s5a_in_vfork_child();
}

/* ---- finding ---- */

static bool copy(uint32_t number, struct s5a_association *out)
{
    struct s5a_slot *slot = s5a_slot_at(number);
    for (unsigned tries = 1; slot != NULL && tries <= TRIES_MAX; tries++) {
        if (s5a_slot_copy(slot, out))
            return true;
        if (tries % TRIES_A_TURN == 0)
            (void)sched_yield();
    }
    return false;
}

/* The number has been given anew behind the shim's back. */
static void outdated(int fd, uint32_t number)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    if (s5a_slot_hinted(fd) == number)
        s5a_slot_unhint(fd);
    s5a_unlock(&locked);
}

bool s5a_association_find(int fd, struct s5a_association *out)
{
    uint32_t number = s5a_slot_hinted(fd);
    int saved = errno;
    if (number == 0 || !copy(number, out))
        return false;
    bool found = out->cookie != 0 && s5a_socket_cookie(fd) == out->cookie;
    if (!found && !is_to_look_only())
        outdated(fd, number);
    errno = saved;
    return found;
}

bool s5a_association_take(int fd, const struct s5a_socket_kind *kind, struct s5a_association *out)
{
    struct s5a_locked locked;
    uint64_t cookie = s5a_socket_cookie(fd);
    if (s5a_association_find(fd, out))
        return true;
    if (cookie == 0 || fd >= S5A_MARKS_MAX || is_to_look_only())
        return false;
    s5a_lock(&locked);
    uint32_t number = s5a_slot_known(cookie);
    if (number == 0)
        number = s5a_slot_new(cookie, kind);
    if (number != 0)
        s5a_slot_hint(fd, number);
    s5a_unlock(&locked);
    return number != 0 && copy(number, out);
}

void s5a_association_refresh(struct s5a_association *a)
{
    struct s5a_association now;
    if (copy(a->slot, &now) && now.cookie == a->cookie)
        *a = now;
}

struct s5a_socket_kind s5a_association_kind(const struct s5a_association *a)
{
    return (struct s5a_socket_kind){ a->domain, SOCK_DGRAM, a->protocol };
}

void s5a_association_made(int fd, int domain, int type, int protocol)
{
    struct s5a_locked locked;
    struct s5a_socket_kind kind = { domain, type & TYPE_MASK, protocol };
    if (protocol == 0)
        kind.protocol = IPPROTO_UDP;
    uint64_t cookie = s5a_is_datagram(&kind) ? s5a_socket_cookie(fd) : 0;
    if (cookie == 0 || fd >= S5A_MARKS_MAX || is_to_look_only())
        return;
    s5a_lock(&locked);
    s5a_slot_unhint(fd);
    uint32_t number = s5a_slot_new(cookie, &kind);
    if (number != 0)
        s5a_slot_hint(fd, number);
    s5a_unlock(&locked);
}

/* ---- changing ---- */

struct s5a_association *s5a_association_begin_locked(const struct s5a_association *known)
{
    struct s5a_slot *slot = s5a_slot_at(known->slot);
    if (slot == NULL || slot->references == 0 || slot->value.cookie != known->cookie)
        return NULL;
    s5a_slot_open(slot);
    return &slot->value;
}

void s5a_association_end_locked(struct s5a_association *changed)
{
    s5a_slot_shut(s5a_slot_at(changed->slot));
}

struct s5a_association *s5a_association_begin(const struct s5a_association *known,
                                              struct s5a_locked *locked)
{
    s5a_lock(locked);
    struct s5a_association *value = s5a_association_begin_locked(known);
    if (value == NULL)
        s5a_unlock(locked);
    return value;
}

void s5a_association_end(struct s5a_association *changed, struct s5a_locked *locked)
{
    s5a_association_end_locked(changed);
    s5a_unlock(locked);
}

/* ---- descriptors come and go ---- */

void s5a_association_doubled(int from, int to)
{
    struct s5a_locked locked;
    if (from == to || (s5a_slot_hinted(from) == 0 && s5a_slot_hinted(to) == 0) ||
        to >= S5A_MARKS_MAX || s5a_in_vfork_child())
        return;
    bool is_mine = s5a_lock_is_mine();
    if (!is_mine)
        s5a_lock(&locked);
    if (s5a_slot_hinted(from) != 0)
        s5a_slot_hint(to, s5a_slot_hinted(from));
    else
        s5a_slot_unhint(to);
    if (!is_mine)
        s5a_unlock(&locked);
}

void s5a_association_closed(int fd)
{
    if (s5a_slot_hinted(fd) != 0)
        s5a_association_closed_range((unsigned)fd, (unsigned)fd);
}

void s5a_association_closed_range(unsigned first, unsigned last)
{
    struct s5a_locked locked;
    if (atomic_load(&s5a_association_count) == 0 || is_to_look_only())
        return;
    if (last > (unsigned)s5a_slot_highest())
        last = (unsigned)s5a_slot_highest();
    s5a_lock(&locked);
    for (unsigned fd = first; fd <= last && atomic_load(&s5a_association_count) != 0; fd++)
        s5a_slot_unhint((int)fd);
    s5a_unlock(&locked);
}

void s5a_association_forget(void)
{
    for (uint32_t number = 1; number <= s5a_slot_last(); number++) {
        struct s5a_slot *slot = s5a_slot_at(number);
        s5a_slot_open(slot);
        slot->value.is_minded = false;
        slot->value.told = 0;
        if (slot->value.state == S5A_ASSOCIATION_PENDING || slot->value.has_local_relay) {
            slot->value.state = S5A_ASSOCIATION_NONE;
            slot->value.control = -1;
        }
        s5a_slot_shut(slot);
    }
}

/* The table of sockets whose datagrams the shim looks at. */
#include "shim/datagrams/associations.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "shim/engine/private.h"
#include "shim/lock.h"
#include "shim/runtime.h"
#include "shim/sockets/descriptors.h"

enum {
    CHUNK = 32,
    CHUNKS = 2048,
    TYPE_MASK = 0xf, /* the rest of socket()'s type are flags */
};

/* `version` is odd while the slot is written, under the lock and with signals blocked: who reads
 * meanwhile reads again. */
struct slot {
    atomic_uint version;
    unsigned references; /* descriptor numbers; 0: free */
    uint32_t next;       /* of the free */
    struct s5a_association value;
    struct s5a_targets targets; /* under the lock */
};

_Atomic uint32_t s5a_association_hints[S5A_MARKS_MAX];
atomic_uint s5a_association_count;
static _Atomic(struct slot *) chunks[CHUNKS];
static atomic_int highest; /* number that ever had a hint */
static uint32_t first_free;
static uint32_t taken; /* the highest slot that was ever in use; under the lock */

static struct slot *slot_at(uint32_t number)
{
    struct slot *chunk = number == 0 ? NULL : atomic_load(&chunks[(number - 1) / CHUNK]);
    return chunk == NULL ? NULL : &chunk[(number - 1) % CHUNK];
}

static uint32_t hint_of(int fd)
{
    return s5a_association_may_be(fd) ? atomic_load(&s5a_association_hints[fd]) : 0;
}

static bool copy(uint32_t number, struct s5a_association *out)
{
    struct slot *slot = slot_at(number);
    unsigned before, after;
    if (slot == NULL)
        return false;
    do {
        before = atomic_load_explicit(&slot->version, memory_order_acquire);
        memcpy(out, &slot->value, sizeof *out);
        atomic_thread_fence(memory_order_acquire);
        after = atomic_load_explicit(&slot->version, memory_order_relaxed);
    } while (before != after || (before & 1) != 0);
    return true;
}

static void open_slot(struct slot *slot)
{
    atomic_fetch_add_explicit(&slot->version, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
}

static void shut_slot(struct slot *slot)
{
    atomic_fetch_add_explicit(&slot->version, 1, memory_order_release);
}

/* ---- under the lock: numbers and slots ---- */

static void give_back(struct slot *slot)
{
    open_slot(slot);
    int control = slot->value.control;
    slot->value = (struct s5a_association){ .slot = slot->value.slot, .control = -1 };
    shut_slot(slot);
    s5a_private_close(control);
    slot->next = first_free;
    first_free = slot->value.slot;
    atomic_fetch_sub(&s5a_association_count, 1);
}

static void unhint(int fd)
{
    struct slot *slot = slot_at(hint_of(fd));
    if (slot == NULL)
        return;
    atomic_store(&s5a_association_hints[fd], 0);
    if (--slot->references == 0)
        give_back(slot);
}

static void hint(int fd, uint32_t number)
{
    if (hint_of(fd) == number)
        return;
    unhint(fd);
    slot_at(number)->references++;
    if (fd > atomic_load(&highest))
        atomic_store(&highest, fd);
    atomic_store(&s5a_association_hints[fd], number);
}

/* A slot without references; 0: none can be had. */
static uint32_t free_slot(void)
{
    uint32_t number = first_free;
    if (number != 0) {
        first_free = slot_at(number)->next;
        return number;
    }
    if (taken % CHUNK == 0) {
        struct slot *chunk = taken / CHUNK >= CHUNKS
                                 ? MAP_FAILED
                                 : mmap(NULL, CHUNK * sizeof *chunk, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (chunk == MAP_FAILED)
            return 0;
        atomic_store(&chunks[taken / CHUNK], chunk);
    }
    return ++taken;
}

/* A socket that is known under another number: dup() was not seen. */
static uint32_t known_slot(uint64_t cookie)
{
    for (uint32_t number = 1; number <= taken; number++)
        if (slot_at(number)->references != 0 && slot_at(number)->value.cookie == cookie)
            return number;
    return 0;
}

static uint32_t new_slot(uint64_t cookie, int domain)
{
    uint32_t number = free_slot();
    struct slot *slot = slot_at(number);
    if (slot == NULL)
        return 0;
    open_slot(slot);
    memset(&slot->targets, 0, sizeof slot->targets);
    slot->value = (struct s5a_association){
        .slot = number, .cookie = cookie, .domain = (sa_family_t)domain, .control = -1
    };
    shut_slot(slot);
    atomic_fetch_add(&s5a_association_count, 1);
    return number;
}

/* ---- finding ---- */

/* The number has been given anew behind the shim's back. */
static void outdated(int fd, uint32_t number)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    if (hint_of(fd) == number)
        unhint(fd);
    s5a_unlock(&locked);
}

bool s5a_association_find(int fd, struct s5a_association *out)
{
    uint32_t number = hint_of(fd);
    int saved = errno;
    if (number == 0 || !copy(number, out))
        return false;
    bool found = out->cookie != 0 && s5a_socket_cookie(fd) == out->cookie;
    if (!found && !s5a_lock_is_mine())
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
    if (cookie == 0 || fd >= S5A_MARKS_MAX)
        return false;
    s5a_lock(&locked);
    uint32_t number = known_slot(cookie);
    if (number == 0)
        number = new_slot(cookie, kind->domain);
    if (number != 0)
        hint(fd, number);
    s5a_unlock(&locked);
    return number != 0 && copy(number, out);
}

void s5a_association_refresh(struct s5a_association *a)
{
    struct s5a_association now;
    if (copy(a->slot, &now) && now.cookie == a->cookie)
        *a = now;
}

void s5a_association_made(int fd, int domain, int type)
{
    struct s5a_locked locked;
    bool is_udp = (domain == AF_INET || domain == AF_INET6) && (type & TYPE_MASK) == SOCK_DGRAM;
    uint64_t cookie = is_udp ? s5a_socket_cookie(fd) : 0;
    if (cookie == 0 || fd >= S5A_MARKS_MAX || s5a_lock_is_mine())
        return;
    s5a_lock(&locked);
    unhint(fd);
    uint32_t number = new_slot(cookie, domain);
    if (number != 0)
        hint(fd, number);
    s5a_unlock(&locked);
}

/* ---- changing ---- */

struct s5a_association *s5a_association_begin_locked(const struct s5a_association *known)
{
    struct slot *slot = slot_at(known->slot);
    if (slot == NULL || slot->references == 0 || slot->value.cookie != known->cookie)
        return NULL;
    open_slot(slot);
    return &slot->value;
}

void s5a_association_end_locked(struct s5a_association *changed)
{
    shut_slot(slot_at(changed->slot));
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

/* ---- targets ---- */

static struct s5a_targets *targets_of(const struct s5a_association *a)
{
    struct slot *slot = slot_at(a->slot);
    return slot != NULL && slot->value.cookie == a->cookie ? &slot->targets : NULL;
}

void s5a_association_note(const struct s5a_association *a, const struct s5a_named_target *named)
{
    struct s5a_locked locked;
    struct s5a_association *own;
    if (s5a_inet_equal(&a->latest, &named->as_given))
        return;
    own = s5a_association_begin(a, &locked);
    if (own == NULL)
        return;
    own->latest = named->as_given;
    s5a_targets_note(targets_of(own), named);
    s5a_association_end(own, &locked);
}

bool s5a_association_source(const struct s5a_association *a, const struct s5a_address *from,
                            uint16_t port, union s5a_inet *out)
{
    struct s5a_locked locked;
    struct s5a_fakemap *map = s5a_runtime_fakemap();
    s5a_lock(&locked);
    struct s5a_targets *targets = targets_of(a);
    struct s5a_sent_target *target = NULL;
    if (targets != NULL)
        target = from->type == S5A_ATYP_NAME ? s5a_targets_find_name(targets, map, from, port)
                                             : s5a_targets_find(targets, from, port);
    if (target != NULL)
        *out = target->given;
    s5a_unlock(&locked);
    return target != NULL || s5a_inet_from_address(out, a->domain, from, port);
}

/* ---- descriptors come and go ---- */

void s5a_association_doubled(int from, int to)
{
    struct s5a_locked locked;
    if (from == to || (hint_of(from) == 0 && hint_of(to) == 0) || to >= S5A_MARKS_MAX)
        return;
    bool is_mine = s5a_lock_is_mine();
    if (!is_mine)
        s5a_lock(&locked);
    if (hint_of(from) != 0)
        hint(to, hint_of(from));
    else
        unhint(to);
    if (!is_mine)
        s5a_unlock(&locked);
}

void s5a_association_closed(int fd)
{
    if (hint_of(fd) != 0)
        s5a_association_closed_range((unsigned)fd, (unsigned)fd);
}

void s5a_association_closed_range(unsigned first, unsigned last)
{
    struct s5a_locked locked;
    if (atomic_load(&s5a_association_count) == 0 || s5a_lock_is_mine())
        return;
    if (last > (unsigned)atomic_load(&highest))
        last = (unsigned)atomic_load(&highest);
    s5a_lock(&locked);
    for (unsigned fd = first; fd <= last && atomic_load(&s5a_association_count) != 0; fd++)
        unhint((int)fd);
    s5a_unlock(&locked);
}

void s5a_association_forget(void)
{
    for (uint32_t number = 1; number <= taken; number++) {
        struct slot *slot = slot_at(number);
        open_slot(slot);
        if (slot->value.state == S5A_ASSOCIATION_PENDING)
            slot->value.state = S5A_ASSOCIATION_NONE;
        shut_slot(slot);
    }
}

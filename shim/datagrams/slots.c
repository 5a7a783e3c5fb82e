/* The storage of the table of UDP sockets. */
#include "shim/datagrams/slots.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "shim/datagrams/associating.h"
#include "shim/engine/private.h"
#include "shim/sockets/descriptors.h"

enum {
    CHUNK = 32,
    CHUNKS = 2048,
};

_Atomic uint32_t s5a_association_hints[S5A_MARKS_MAX];
atomic_uint s5a_association_count;
static _Atomic(struct s5a_slot *) chunks[CHUNKS];
static atomic_int highest; /* number that ever had a hint */
static uint32_t first_free;
static uint32_t taken; /* the highest slot that was ever in use; under the lock */

struct s5a_slot *s5a_slot_at(uint32_t number)
{
    struct s5a_slot *chunk = number == 0 ? NULL : atomic_load(&chunks[(number - 1) / CHUNK]);
    return chunk == NULL ? NULL : &chunk[(number - 1) % CHUNK];
}

struct s5a_targets *s5a_slot_targets(const struct s5a_association *a)
{
    struct s5a_slot *slot = s5a_slot_at(a->slot);
    return slot != NULL && slot->value.cookie == a->cookie ? &slot->targets : NULL;
}

uint32_t s5a_slot_hinted(int fd)
{
    return s5a_association_may_be(fd) ? atomic_load(&s5a_association_hints[fd]) : 0;
}

bool s5a_slot_copy(struct s5a_slot *slot, struct s5a_association *out)
{
    unsigned before = atomic_load_explicit(&slot->version, memory_order_acquire);
    memcpy(out, &slot->value, sizeof *out);
    atomic_thread_fence(memory_order_acquire);
    unsigned after = atomic_load_explicit(&slot->version, memory_order_relaxed);
    return before == after && (before & 1) == 0;
}

void s5a_slot_open(struct s5a_slot *slot)
{
    atomic_fetch_add_explicit(&slot->version, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
}

void s5a_slot_shut(struct s5a_slot *slot)
{
    atomic_fetch_add_explicit(&slot->version, 1, memory_order_release);
}

/* ---- under the lock: numbers and slots ---- */

static void give_back(struct s5a_slot *slot)
{
    s5a_slot_open(slot);
    s5a_associating_undo(&slot->value);
    s5a_associating_release(&slot->value);
    slot->value = (struct s5a_association){ .slot = slot->value.slot, .control = -1 };
    s5a_slot_shut(slot);
    slot->next = first_free;
    first_free = slot->value.slot;
    atomic_fetch_sub(&s5a_association_count, 1);
}

void s5a_slot_unhint(int fd)
{
    struct s5a_slot *slot = s5a_slot_at(s5a_slot_hinted(fd));
    if (slot == NULL)
        return;
    atomic_store(&s5a_association_hints[fd], 0);
    if (--slot->references == 0)
        give_back(slot);
}

void s5a_slot_hint(int fd, uint32_t number)
{
    if (s5a_slot_hinted(fd) == number)
        return;
    s5a_slot_unhint(fd);
    s5a_slot_at(number)->references++;
    if (fd > atomic_load(&highest))
        atomic_store(&highest, fd);
    atomic_store(&s5a_association_hints[fd], number);
}

/* A slot without references; 0: none can be had. */
static uint32_t free_slot(void)
{
    uint32_t number = first_free;
    if (number != 0) {
        first_free = s5a_slot_at(number)->next;
        return number;
    }
    if (taken % CHUNK == 0) {
        struct s5a_slot *chunk = taken / CHUNK >= CHUNKS
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
uint32_t s5a_slot_known(uint64_t cookie)
{
    for (uint32_t number = 1; number <= taken; number++)
        if (s5a_slot_at(number)->references != 0 && s5a_slot_at(number)->value.cookie == cookie)
            return number;
    return 0;
}

uint32_t s5a_slot_new(uint64_t cookie, const struct s5a_socket_kind *kind)
{
    uint32_t number = free_slot();
    struct s5a_slot *slot = s5a_slot_at(number);
    if (slot == NULL)
        return 0;
    s5a_slot_open(slot);
    memset(&slot->targets, 0, sizeof slot->targets);
    slot->value = (struct s5a_association){ .slot = number,
                                            .cookie = cookie,
                                            .domain = (sa_family_t)kind->domain,
                                            .protocol = kind->protocol,
                                            .control = -1 };
    s5a_slot_shut(slot);
    atomic_fetch_add(&s5a_association_count, 1);
    return number;
}

/* What else a number may lead to by now is not duplicated: to close a duplicate of a file gives up the
 * locks (fcntl) that the program has on it. */
static bool leads_to(int fd, const struct s5a_association *known)
{
    return s5a_slot_hinted(fd) == known->slot && s5a_socket_cookie(fd) == known->cookie;
}

int s5a_slot_socket(const struct s5a_association *known)
{
    for (int fd = 0; fd <= s5a_slot_highest(); fd++) {
        int copy = leads_to(fd, known) ? s5a_private_copy(fd) : -EBADF;
        if (copy >= 0 && s5a_socket_cookie(copy) == known->cookie)
            return copy;
        s5a_private_close(copy);
    }
    return -EBADF;
}

int s5a_slot_highest(void)
{
    return atomic_load(&highest);
}

uint32_t s5a_slot_last(void)
{
    return taken;
}

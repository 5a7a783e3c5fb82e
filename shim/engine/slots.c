/* Slots of connects under way: chunks of mapped memory, so that a slot never moves. */
#include "shim/engine/pending.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "shim/engine/engine.h"
#include "shim/engine/marks.h"
#include "shim/engine/private.h"
#include "shim/engine/relay.h"
#include "shim/engine/watch.h"
#include "shim/lock.h"

enum { CHUNK = 32, CHUNKS_MAX = 4096 };

static struct s5a_pending *chunks[CHUNKS_MAX];
static atomic_uint used; /* slots that were ever taken */
static uint32_t free_list;
static atomic_uint taken;
static struct s5a_marks gates;  /* numbers */
static atomic_bool has_parents; /* a fork has made gates the parent's */

struct s5a_pending *s5a_pending_at(uint32_t slot)
{
    return slot == 0 || slot > used ? NULL : &chunks[(slot - 1) / CHUNK][(slot - 1) % CHUNK];
}

unsigned s5a_pending_count(void)
{
    return atomic_load_explicit(&taken, memory_order_relaxed);
}

static bool has_foreign(void)
{
    return atomic_load_explicit(&has_parents, memory_order_relaxed) ||
           s5a_peers_imported(S5A_PEER_GATE);
}

bool s5a_pending_any(void)
{
    return s5a_pending_count() != 0 || has_foreign();
}

bool s5a_pending_ever(void)
{
    return atomic_load_explicit(&used, memory_order_relaxed) != 0 || has_foreign();
}

bool s5a_pending_may_be(int fd)
{
    return s5a_marks_has(&gates, fd) || fd >= S5A_MARKS_MAX || has_foreign();
}

void s5a_pending_mark(int fd, bool is_gate)
{
    if (is_gate)
        (void)s5a_marks_set(&gates, fd);
    else
        s5a_marks_clear(&gates, fd);
}

static uint32_t fresh_slot(void)
{
    uint32_t chunk = used / CHUNK;
    if (chunk >= CHUNKS_MAX)
        return 0;
    if (chunks[chunk] == NULL) {
        void *memory = mmap(NULL, CHUNK * sizeof **chunks, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            return 0;
        chunks[chunk] = memory;
    }
    return ++used;
}

struct s5a_pending *s5a_pending_take(void)
{
    uint32_t slot = free_list != 0 ? free_list : fresh_slot();
    struct s5a_pending *p = s5a_pending_at(slot);
    if (p == NULL)
        return NULL;
    if (slot == free_list)
        free_list = p->next;
    atomic_fetch_add(&taken, 1);
    p->slot = slot;
    p->is_busy = p->is_dropped = p->is_awaited = p->is_blocking = false;
    p->is_shared = p->is_told = false;
    p->out_ended = p->in_ended = p->out_full = p->in_full = false;
    p->is_hung_up = p->is_gate_watched = false;
    p->is_cut = p->has_more = false;
    p->tail = 0;
    p->local.family = AF_UNSPEC;
    p->own_shows = p->inner_shows = p->inner_ends = false;
    p->relay = NULL;
    p->inner = p->own = -1;
    p->watched = (struct s5a_watched_socket){ .fd = -1 };
    p->inner_events = 0;
    p->result = -EINPROGRESS;
    return p;
}

static void put(struct s5a_pending *p)
{
    p->state = S5A_PENDING_FREE;
    p->gate = 0;
    p->next = free_list;
    free_list = p->slot;
    if (atomic_fetch_sub(&taken, 1) == 1)
        s5a_engine_rest();
}

void s5a_pending_end(struct s5a_pending *p)
{
    s5a_watch_no_socket(p); /* closing is not enough: another process may hold the socket as well */
    if (p->state == S5A_PENDING_CONNECTING)
        s5a_attempt_drop(&p->attempt);
    s5a_private_close(p->inner);
    s5a_private_close(p->own);
    s5a_relay_free(p->relay);
    p->relay = NULL;
    p->inner = p->own = -1;
    p->gate = 0;
    put(p);
}

void s5a_pending_forget(void)
{
    atomic_store(&has_parents, s5a_pending_any());
    s5a_relay_forget_all();
    for (uint32_t slot = 1; slot <= used; slot++) {
        struct s5a_pending *p = s5a_pending_at(slot);
        if (p->state == S5A_PENDING_CONNECTING && !p->is_busy)
            s5a_attempt_drop(&p->attempt); /* for what it may know of passwords and keys */
        p->is_listed = false;              /* the list is the parent's */
        if (p->state != S5A_PENDING_FREE)
            put(p);
    }
}

struct s5a_pending *s5a_pending_of(const struct s5a_peer *peer)
{
    struct s5a_pending *p = s5a_pending_at(peer->detail);
    return p != NULL && p->gate == peer->cookie ? p : NULL;
}

struct s5a_pending *s5a_pending_settled(const struct s5a_peer *peer)
{
    struct s5a_pending *p;
    while ((p = s5a_pending_of(peer)) != NULL && p->is_busy)
        s5a_lock_wait();
    return p;
}

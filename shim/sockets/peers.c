/* The table of peers: open addressing over an anonymous mapping, keyed by socket cookie. Mapped
 * memory rather than malloc's, since connect() may be called in a signal handler. */
#include "shim/sockets/peers.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "shim/inbound/inherited.h"
#include "shim/sockets/descriptors.h"
#include "shim/lock.h"
#include "shim/sockets/peers_private.h"

enum { CAP_MIN = 64 };

static struct s5a_peer *slots; /* under the lock, as is all of this */
static size_t cap;             /* a power of two */
static size_t used;
static atomic_uint kinds; /* bit n: a peer of kind n may be known; read without the lock */

static struct s5a_peer *slot_of(struct s5a_peer *in, size_t in_cap, uint64_t cookie)
{
    size_t at = (size_t)(cookie * 0x9e3779b97f4a7c15u >> 32) & (in_cap - 1);
    while (in[at].cookie != 0 && in[at].cookie != cookie)
        at = (at + 1) & (in_cap - 1);
    return &in[at];
}

static bool mark_living(int fd, void *context)
{
    size_t *living = context;
    uint64_t cookie = s5a_socket_cookie(fd);
    struct s5a_peer *slot = slot_of(slots, cap, cookie);
    if (cookie != 0 && slot->cookie == cookie && slot->kind != 0 && !slot->living) {
        slot->living = true;
        ++*living;
    }
    return true;
}

/* Moves the marked entries to a table of `new_cap` slots. */
static bool rehash(size_t new_cap, size_t living)
{
    struct s5a_peer *to = mmap(NULL, new_cap * sizeof *to, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (to == MAP_FAILED)
        return false;
    for (size_t i = 0; i < cap; i++)
        if (slots[i].living) {
            slots[i].living = false;
            *slot_of(to, new_cap, slots[i].cookie) = slots[i];
        }
    if (cap != 0)
        munmap(slots, cap * sizeof *slots);
    slots = to;
    cap = new_cap;
    used = living;
    return true;
}

static void unmark_all(void)
{
    for (size_t i = 0; i < cap; i++)
        slots[i].living = false;
}

/* Room for one more entry at a load of at most a half. Entries of sockets that no descriptor leads
 * to are forgotten here, so the table is at most eight times as large as what lives. */
static bool make_room(void)
{
    size_t living = 0;
    size_t new_cap = CAP_MIN;
    if (used * 2 < cap)
        return true;
    if (cap != 0)
        s5a_descriptors_each(mark_living, &living);
    while (new_cap < living * 4)
        new_cap *= 2;
    if (rehash(new_cap, living))
        return true;
    unmark_all(); /* no memory: as if nothing had been looked at */
    return false;
}

static bool put(const struct s5a_peer *peer)
{
    if (!make_room())
        return false;
    struct s5a_peer *slot = slot_of(slots, cap, peer->cookie);
    used += slot->cookie == 0;
    *slot = *peer;
    atomic_fetch_or(&kinds, 1u << peer->kind);
    return true;
}

static atomic_uint imported_kinds;

static bool put_imported(const struct s5a_peer *peer)
{
    atomic_fetch_or(&imported_kinds, 1u << peer->kind);
    return put(peer);
}

/* What an exec handed on, once. */
static void import_locked(void)
{
    static bool done;
    if (!done) {
        done = true;
        s5a_peers_parse(put_imported);
    }
}

static void import(void)
{
    static atomic_bool imported;
    struct s5a_locked locked;
    if (atomic_load_explicit(&imported, memory_order_acquire) || s5a_lock_is_mine())
        return;
    s5a_lock(&locked);
    import_locked();
    s5a_unlock(&locked);
    atomic_store(&imported, true);
    if ((atomic_load(&imported_kinds) & 1u << S5A_PEER_LISTENER) != 0)
        s5a_inherited_end();
}

bool s5a_peers_any(enum s5a_peer_kind kind)
{
    import();
    return (atomic_load(&kinds) & 1u << kind) != 0;
}

bool s5a_peers_imported(enum s5a_peer_kind kind)
{
    import();
    return (atomic_load(&imported_kinds) & 1u << kind) != 0;
}

bool s5a_peers_any_kind(void)
{
    return s5a_peers_any(S5A_PEER_STREAM) || atomic_load(&kinds) != 0;
}

static bool find(uint64_t cookie, struct s5a_peer *out)
{
    const struct s5a_peer *slot = cap == 0 || cookie == 0 ? NULL : slot_of(slots, cap, cookie);
    bool found = slot != NULL && slot->cookie == cookie && slot->kind != 0;
    if (found)
        *out = *slot;
    return found;
}

bool s5a_peers_find_locked(int fd, struct s5a_peer *out)
{
    import_locked();
    return find(s5a_socket_cookie(fd), out);
}

bool s5a_peers_find_cookie(uint64_t cookie, struct s5a_peer *out)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    bool found = find(cookie, out);
    s5a_unlock(&locked);
    return found;
}

bool s5a_peers_find(int fd, struct s5a_peer *out)
{
    int saved = errno;
    bool found = s5a_peers_any_kind() && s5a_peers_find_cookie(s5a_socket_cookie(fd), out);
    errno = saved;
    return found;
}

bool s5a_peers_put_cookie(uint64_t cookie, const struct s5a_peer *peer)
{
    struct s5a_peer entry = *peer;
    entry.cookie = cookie;
    import_locked();
    return cookie != 0 && put(&entry);
}

bool s5a_peers_put_locked(int fd, const struct s5a_peer *peer)
{
    return s5a_peers_put_cookie(s5a_socket_cookie(fd), peer);
}

bool s5a_peers_put(int fd, const struct s5a_peer *peer)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    bool is_put = s5a_peers_put_locked(fd, peer);
    s5a_unlock(&locked);
    return is_put;
}

/* The slot stays taken, with kind 0, until the next sweep: probing runs over it. */
void s5a_peers_drop(int fd)
{
    struct s5a_peer entry;
    if (!s5a_peers_find(fd, &entry))
        return;
    entry.kind = 0;
    s5a_peers_put(fd, &entry);
}

void s5a_peers_readdress(uint64_t cookie, const union s5a_inet *address)
{
    struct s5a_peer *slot = cap == 0 ? NULL : slot_of(slots, cap, cookie);
    if (slot != NULL && slot->cookie == cookie)
        slot->address = *address;
}

/* Names of an association, and datagrams that wait for their addresses. */
#include "server/udp/names.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "server/table.h"

struct waiting {
    struct waiting *next;
    uint16_t port;
    size_t len;
    uint8_t data[];
};

struct entry {
    struct s5ad_udp_names *names;
    struct s5ad_lookup *lookup; /* NULL: answered */
    struct s5ad_sockaddr at;    /* AF_UNSPEC: there is none; the port says nothing */
    uint64_t until;
    struct waiting *waiting;
    unsigned waiting_count;
    UT_hash_handle hh;
    size_t len;
    uint8_t name[];
};

struct s5ad_udp_names {
    struct s5ad_loop *loop;
    struct s5ad_names *names;
    s5ad_udp_choose_fn *choose;
    s5ad_udp_waited_fn *waited;
    void *owner;
    struct entry *entries; /* in the order that they came */
    size_t waiting_bytes;
};

struct s5ad_udp_names *s5ad_udp_names_new(struct s5ad_loop *loop, struct s5ad_names *names,
                                          s5ad_udp_choose_fn *choose, s5ad_udp_waited_fn *waited,
                                          void *owner)
{
    struct s5ad_udp_names *made = calloc(1, sizeof *made);
    if (made)
        *made = (struct s5ad_udp_names){ loop, names, choose, waited, owner, NULL, 0 };
    return made;
}

static void forget_waiting(struct entry *entry)
{
    while (entry->waiting) {
        struct waiting *first = entry->waiting;
        entry->waiting = first->next;
        entry->names->waiting_bytes -= first->len;
        free(first);
    }
    entry->waiting_count = 0;
}

static void drop(struct entry *entry)
{
    s5ad_lookup_cancel(entry->lookup);
    forget_waiting(entry);
    HASH_DEL(entry->names->entries, entry);
    free(entry);
}

void s5ad_udp_names_free(struct s5ad_udp_names *names)
{
    if (!names)
        return;
    while (names->entries)
        drop(names->entries);
    free(names);
}

static void set_port(struct s5ad_sockaddr *at, uint16_t port)
{
    struct s5a_address address = s5ad_sockaddr_address(at);
    *at = s5ad_sockaddr_of(&address, port);
}

static void on_found(void *owner, const struct s5ad_found *found)
{
    struct entry *entry = owner;
    struct s5ad_udp_names *names = entry->names;
    struct waiting *waiting = entry->waiting, *next;
    entry->lookup = NULL;
    entry->at = names->choose(names->owner, found);
    bool is_there = entry->at.any.sa_family != AF_UNSPEC;
    entry->until = names->loop->now + (is_there ? S5AD_UDP_NAME_MS : S5AD_UDP_NAME_FAILED_MS);
    for (; is_there && waiting; waiting = next) {
        struct s5ad_sockaddr to = entry->at;
        next = waiting->next;
        set_port(&to, waiting->port);
        names->waited(names->owner, &to, (struct s5a_span){ waiting->data, waiting->len });
    }
    forget_waiting(entry);
}

/* The oldest that nobody waits for goes. */
static bool make_room(struct s5ad_udp_names *names)
{
    struct entry *entry = names->entries;
    if (HASH_COUNT(names->entries) < S5AD_UDP_NAMES_MAX)
        return true;
    while (entry && entry->lookup)
        entry = entry->hh.next;
    if (entry)
        drop(entry);
    return entry != NULL;
}

static struct entry *add(struct s5ad_udp_names *names, struct s5a_span name)
{
    struct s5ad_question question = { name, 0, AF_UNSPEC, true };
    if (!make_room(names))
        return NULL;
    struct entry *entry = calloc(1, sizeof *entry + name.len);
    if (!entry)
        return NULL;
    entry->names = names;
    entry->len = name.len;
    memcpy(entry->name, name.at, name.len);
    HASH_ADD_KEYPTR(hh, names->entries, entry->name, entry->len, entry);
    if (!entry->hh.tbl) {
        free(entry);
        return NULL;
    }
    entry->lookup = s5ad_names_find(names->names, &question, on_found, entry);
    if (entry->lookup)
        return entry;
    drop(entry);
    return NULL;
}

static struct entry *find(struct s5ad_udp_names *names, struct s5a_span name)
{
    struct entry *entry;
    HASH_FIND(hh, names->entries, name.at, name.len, entry);
    if (entry && !entry->lookup && names->loop->now >= entry->until) {
        drop(entry);
        entry = NULL;
    }
    return entry ? entry : add(names, name);
}

static void keep(struct entry *entry, uint16_t port, struct s5a_span data)
{
    if (entry->waiting_count == S5AD_UDP_WAITING_MAX ||
        entry->names->waiting_bytes + data.len > S5AD_UDP_WAITING_BYTES)
        return;
    struct waiting *waiting = calloc(1, sizeof *waiting + data.len);
    if (!waiting)
        return;
    waiting->port = port;
    waiting->len = data.len;
    if (data.len > 0)
        memcpy(waiting->data, data.at, data.len);
    LL_APPEND(entry->waiting, waiting);
    entry->waiting_count++;
    entry->names->waiting_bytes += data.len;
}

bool s5ad_udp_names_find(struct s5ad_udp_names *names, struct s5a_span name, uint16_t port,
                         struct s5a_span data, struct s5ad_sockaddr *to)
{
    struct entry *entry = find(names, name);
    if (!entry)
        return false;
    if (entry->lookup) {
        keep(entry, port, data);
        return false;
    }
    *to = entry->at;
    set_port(to, port);
    return entry->at.any.sa_family != AF_UNSPEC;
}

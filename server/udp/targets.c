/* The targets of an association, in a table. */
#include "server/udp/targets.h"

#include <stdlib.h>
#include <string.h>

#include "server/table.h"

/* What tells one from another; no padding, no flow label. */
struct key {
    uint8_t ip[16], len, high, low;
};

struct entry {
    struct key key;
    struct s5ad_udp_target target;
    UT_hash_handle hh;
};

struct s5ad_udp_targets {
    struct entry *entries; /* in the order that they came */
};

struct s5ad_udp_targets *s5ad_udp_targets_new(void)
{
    return calloc(1, sizeof(struct s5ad_udp_targets));
}

static void drop(struct s5ad_udp_targets *targets, struct entry *entry)
{
    HASH_DEL(targets->entries, entry);
    free(entry);
}

void s5ad_udp_targets_free(struct s5ad_udp_targets *targets)
{
    if (!targets)
        return;
    while (targets->entries)
        drop(targets, targets->entries);
    free(targets);
}

static struct key key_of(const struct s5ad_sockaddr *at)
{
    struct key key = { 0 };
    size_t len;
    const uint8_t *ip = s5ad_sockaddr_ip(at, &len);
    uint16_t port = s5ad_sockaddr_port(at);
    memcpy(key.ip, ip, len);
    key.len = (uint8_t)len;
    key.high = (uint8_t)(port >> 8);
    key.low = (uint8_t)port;
    return key;
}

struct s5ad_udp_target *s5ad_udp_targets_find(struct s5ad_udp_targets *targets,
                                              const struct s5ad_sockaddr *at)
{
    struct key key = key_of(at);
    struct entry *entry;
    HASH_FIND(hh, targets->entries, &key, sizeof key, entry);
    return entry ? &entry->target : NULL;
}

/* Who was written to meanwhile goes behind the others, once. */
static void make_room(struct s5ad_udp_targets *targets)
{
    while (targets->entries->target.used) {
        struct entry *entry = targets->entries;
        entry->target.used = false;
        HASH_DEL(targets->entries, entry);
        HASH_ADD(hh, targets->entries, key, sizeof entry->key, entry);
        if (!entry->hh.tbl) {
            free(entry);
            return;
        }
    }
    drop(targets, targets->entries);
}

struct s5ad_udp_target *s5ad_udp_targets_add(struct s5ad_udp_targets *targets,
                                             const struct s5ad_sockaddr *at)
{
    struct entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    if (HASH_COUNT(targets->entries) >= S5AD_UDP_TARGETS_MAX)
        make_room(targets);
    entry->key = key_of(at);
    HASH_ADD(hh, targets->entries, key, sizeof entry->key, entry);
    if (entry->hh.tbl)
        return &entry->target;
    free(entry);
    return NULL;
}

unsigned s5ad_udp_targets_count(const struct s5ad_udp_targets *targets)
{
    return HASH_COUNT(targets->entries);
}

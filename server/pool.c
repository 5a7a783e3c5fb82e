/* Connections in waiting, in a table by their ids. */
#include "server/pool.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include "server/table.h"

enum { ID_LEN = 16, PRINCIPAL_MAX = 255 };

struct entry {
    struct s5ad_garbage garbage; /* first: the loop frees it */
    struct s5ad_pool *pool;
    struct s5ad_watch watch;
    struct s5ad_timer timer;
    struct s5ad_sockaddr peer;
    struct s5ad_share share;
    uint8_t id[ID_LEN];
    UT_hash_handle hh;
    size_t principal_len;
    uint8_t principal[PRINCIPAL_MAX];
};

struct s5ad_pool {
    struct s5ad_loop *loop;
    struct entry *entries;
};

struct s5ad_pool *s5ad_pool_new(struct s5ad_loop *loop)
{
    struct s5ad_pool *pool = calloc(1, sizeof *pool);
    if (pool)
        pool->loop = loop;
    return pool;
}

static void drop(struct entry *entry)
{
    struct s5ad_pool *pool = entry->pool;
    HASH_DEL(pool->entries, entry);
    s5ad_timer_clear(&pool->loop->timers, &entry->timer);
    s5ad_watch_close(pool->loop, &entry->watch);
    s5ad_share_give(&entry->share);
    s5ad_loop_free(pool->loop, &entry->garbage);
}

void s5ad_pool_free(struct s5ad_pool *pool)
{
    if (!pool)
        return;
    while (pool->entries)
        drop(pool->entries);
    free(pool);
}

static void on_time(struct s5ad_timer *timer)
{
    drop(S5AD_OWNER(timer, struct entry, timer));
}

/* The target closed. What it said before is worth keeping; that would be told for ever. */
static void on_closed(struct s5ad_watch *watch, uint32_t events)
{
    struct entry *entry = S5AD_OWNER(watch, struct entry, watch);
    int unread = 0;
    if (!(events & EPOLLERR))
        ioctl(watch->fd, FIONREAD, &unread);
    if (unread > 0)
        s5ad_watch_clear(entry->pool->loop, watch);
    else
        drop(entry);
}

static bool add(struct s5ad_pool *pool, struct entry *entry)
{
    randombytes_buf(entry->id, sizeof entry->id);
    HASH_ADD(hh, pool->entries, id, sizeof entry->id, entry);
    return entry->hh.tbl != NULL;
}

bool s5ad_pool_put(struct s5ad_pool *pool, struct s5a_span principal, struct s5ad_pooled given,
                   struct s5ad_share *share, uint64_t life_ms, char id[static S5AD_POOL_ID_CAP])
{
    struct entry *entry = calloc(1, sizeof *entry);
    if (!entry || principal.len > sizeof entry->principal || !add(pool, entry)) {
        free(entry);
        return false;
    }
    entry->pool = pool;
    entry->watch = (struct s5ad_watch){ .fd = -1, .ready = on_closed };
    entry->timer.fire = on_time;
    entry->peer = *given.peer;
    entry->principal_len = principal.len;
    memcpy(entry->principal, principal.at, principal.len);
    s5ad_watch_take(&entry->watch, given.watch);
    s5ad_share_move(&entry->share, share);
    s5ad_loop_after(pool->loop, &entry->timer, life_ms);
    /* Out of memory: its end goes unnoticed, and its time ends it. */
    if (s5ad_watch_set(pool->loop, &entry->watch, EPOLLRDHUP) < 0)
        s5ad_watch_clear(pool->loop, &entry->watch);
    sodium_bin2hex(id, S5AD_POOL_ID_CAP, entry->id, sizeof entry->id);
    return true;
}

/* 32 lower-case hex digits alone. */
static bool parse_id(uint8_t out[static ID_LEN], struct s5a_span text)
{
    char again[S5AD_POOL_ID_CAP];
    size_t len;
    if (sodium_hex2bin(out, ID_LEN, (const char *)text.at, text.len, NULL, &len, NULL) != 0 ||
        len != ID_LEN)
        return false;
    sodium_bin2hex(again, sizeof again, out, ID_LEN);
    return s5a_span_equal(text, (struct s5a_span){ (const uint8_t *)again, 2 * ID_LEN });
}

bool s5ad_pool_take(struct s5ad_pool *pool, struct s5a_span text, struct s5a_span principal,
                    struct s5ad_pooled to)
{
    uint8_t id[ID_LEN];
    struct entry *entry = NULL;
    if (parse_id(id, text))
        HASH_FIND(hh, pool->entries, id, sizeof id, entry);
    if (!entry ||
        !s5a_span_equal(principal, (struct s5a_span){ entry->principal, entry->principal_len }))
        return false;
    s5ad_watch_take(to.watch, &entry->watch);
    s5ad_watch_clear(pool->loop, to.watch);
    *to.peer = entry->peer;
    drop(entry);
    return true;
}

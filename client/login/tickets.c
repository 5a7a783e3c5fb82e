/* Files of tickets, read whole and written whole under a lock. */
#include "client/login/tickets.h"

#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client/state.h"
#include "client/word.h"

struct cache {
    int fd;
    struct s5a_ticket_list list;
};

/* Tickets come with secrets: others may have read this one, so it is not relied on. */
static bool is_secret(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && (st.st_mode & 077) == 0;
}

/* Who logs in where. */
static void name_file(char name[static 32], const struct s5a_proxy *proxy)
{
    const struct s5a_login *login = proxy->login;
    struct s5a_digest token, all;
    struct s5a_span key = { NULL, 0 };
    struct s5a_span user = s5a_word(proxy->user != NULL ? proxy->user : "");
    uint8_t len = (uint8_t)user.len;
    if (login != NULL && login->has_key)
        key = s5a_ed25519_public(&login->key);
    s5a_sha256(&token, S5A_PARTS({ login ? login->token : NULL, login ? login->token_len : 0 }));
    s5a_sha256(&all, S5A_PARTS(S5A_SPAN("socks5a ticket file"), { &len, 1 }, user,
                               s5a_digest_span(&token), key, s5a_word(proxy->where)));
    snprintf(name, 32, "tickets-");
    for (size_t i = 0; i < 8; i++)
        snprintf(name + 8 + 2 * i, 3, "%02x", all.bytes[i]);
}

static void read_list(struct cache *cache)
{
    uint8_t bytes[S5A_TICKET_FILE_MAX];
    ssize_t got = pread(cache->fd, bytes, sizeof(bytes), 0);
    struct s5a_span file = { bytes, got > 0 ? (size_t)got : 0 };
    s5a_ticket_list_decode(&cache->list, file, (uint64_t)time(NULL));
    s5a_wipe(bytes, sizeof(bytes));
}

static bool begin(struct cache *cache, const char *state_dir, const struct s5a_proxy *proxy)
{
    char name[32];
    name_file(name, proxy);
    cache->list.count = 0;
    cache->fd = state_dir != NULL ? s5a_state_open_locked(state_dir, name, LOCK_EX) : -1;
    if (cache->fd < 0)
        return false;
    if (is_secret(cache->fd)) {
        read_list(cache);
        return true;
    }
    s5a_state_close_locked(cache->fd);
    return false;
}

static bool write_list(const struct cache *cache)
{
    uint8_t bytes[S5A_TICKET_FILE_MAX];
    struct s5a_writer w;
    s5a_writer_init(&w, bytes, sizeof(bytes));
    if (cache->list.count > 0)
        s5a_ticket_list_encode(&w, &cache->list);
    size_t len = s5a_writer_len(&w);
    bool written = !w.bad && pwrite(cache->fd, bytes, len, 0) == (ssize_t)len &&
                   ftruncate(cache->fd, (off_t)len) == 0;
    s5a_wipe(bytes, sizeof(bytes));
    return written;
}

static void end(struct cache *cache)
{
    s5a_wipe(&cache->list, sizeof(cache->list));
    s5a_state_close_locked(cache->fd);
}

bool s5a_tickets_take(struct s5a_ticket *out, const char *state_dir, const struct s5a_proxy *proxy)
{
    struct cache cache;
    out->len = 0;
    if (!begin(&cache, state_dir, proxy))
        return false;
    const struct s5a_ticket *ticket = s5a_ticket_list_take(&cache.list);
    if (ticket != NULL) {
        *out = *ticket;
        (void)write_list(&cache); /* then it may be used twice */
    }
    end(&cache);
    return out->len > 0;
}

bool s5a_tickets_put(const char *state_dir, const struct s5a_proxy *proxy,
                     const struct s5a_ticket *ticket)
{
    struct cache cache;
    if (!begin(&cache, state_dir, proxy))
        return false;
    s5a_ticket_list_add(&cache.list, ticket);
    bool kept = write_list(&cache);
    end(&cache);
    return kept;
}

void s5a_tickets_drop(const char *state_dir, const struct s5a_proxy *proxy, struct s5a_span bytes)
{
    struct cache cache;
    if (!begin(&cache, state_dir, proxy))
        return;
    if (bytes.len == 0)
        cache.list.count = 0;
    else
        s5a_ticket_list_remove(&cache.list, bytes);
    (void)write_list(&cache);
    end(&cache);
}

unsigned s5a_tickets_count(const char *state_dir, const struct s5a_proxy *proxy, uint64_t *end_at)
{
    struct cache cache;
    *end_at = 0;
    if (!begin(&cache, state_dir, proxy))
        return 0;
    unsigned count = cache.list.count;
    for (unsigned i = 0; i < count; i++)
        if (cache.list.at[i].expiry > *end_at)
            *end_at = cache.list.at[i].expiry;
    end(&cache);
    return count;
}

/* The table of users, and that of what they show. */
#include "server/users.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* The default has fall-throughs that clang warns of; without memory an element is just not added. */
#define HASH_FUNCTION(key, len, hash) HASH_OAT(key, len, hash)
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "server/private_file.h"
#include "server/users_table.h"

static struct s5ad_users_row *find_row(const struct s5ad_users *users, struct s5a_span name)
{
    struct s5ad_users_row *row = NULL;
    if (name.len > 0)
        HASH_FIND(hh, users->table, name.at, name.len, row);
    return row;
}

static struct s5ad_users_row *add_row(struct s5ad_users *users, struct s5a_span name)
{
    struct s5ad_users_row *row = calloc(1, sizeof *row + name.len + 1);
    if (!row)
        return NULL;
    memcpy(row->name, name.at, name.len);
    row->name_len = name.len;
    HASH_ADD(hh, users->table, name, name.len, row);
    if (row->hh.tbl)
        return row;
    free(row);
    return NULL;
}

/* ---- what they show ---- */

static struct s5ad_users_shown *find_shown(const struct s5ad_users *users, uint8_t mid,
                                           const uint8_t bytes[static 32])
{
    struct s5ad_users_shown *shown = NULL;
    struct s5ad_users_shown_key key = { .mid = mid };
    memcpy(key.bytes, bytes, sizeof key.bytes);
    HASH_FIND(hh, users->shown, &key, sizeof key, shown);
    return shown;
}

static bool add_shown(struct s5ad_users *users, struct s5ad_users_row *row, uint8_t mid,
                      const char *value, struct s5ad_problem *problem)
{
    struct s5ad_shown parsed;
    if (!s5ad_shown_parse(&parsed, value, problem))
        return false;
    if (find_shown(users, mid, parsed.bytes))
        return s5ad_problem_set(problem, "found a key or token that stands in the file already");
    struct s5ad_users_shown *shown = calloc(1, sizeof *shown);
    if (!shown)
        return s5ad_problem_set(problem, "out of memory");
    shown->key.mid = mid;
    memcpy(shown->key.bytes, parsed.bytes, sizeof parsed.bytes);
    shown->expires = parsed.expires;
    shown->row = row;
    HASH_ADD(hh, users->shown, key, sizeof shown->key, shown);
    if (!shown->hh.tbl)
        free(shown);
    row->user.has |= S5A_MID_BIT(mid);
    return shown != NULL;
}

/* ---- loading ---- */

static bool set_line(struct s5ad_users *users, struct s5ad_users_row *row, const char *name,
                     const char *value, struct s5ad_problem *problem)
{
    s5ad_user_digest(&row->user, name, value);
    if (strcmp(name, "public_key") == 0)
        return add_shown(users, row, S5A_MID_PUBLICKEY, value, problem);
    if (strcmp(name, "token") == 0)
        return add_shown(users, row, S5A_MID_TOKEN, value, problem);
    return s5ad_user_set(&row->user, name, value, problem);
}

static bool set_user(void *data, const char *section, const char *name, const char *value,
                     struct s5ad_problem *problem)
{
    struct s5ad_users *users = data;
    if (strncmp(section, "user ", 5) != 0 || section[5] == '\0' || strlen(section) > 5 + 255)
        return s5ad_problem_set(problem, "found section [%s], expected [user NAME]", section);
    struct s5a_span user_name = { (const uint8_t *)section + 5, strlen(section + 5) };
    struct s5ad_users_row *row = find_row(users, user_name);
    if (!row)
        row = add_row(users, user_name);
    if (!row)
        return s5ad_problem_set(problem, "out of memory");
    return set_line(users, row, name, value, problem);
}

static bool finish(struct s5ad_users *users, const char *path, struct s5ad_problem *problem)
{
    struct s5ad_problem inner = { "" };
    for (struct s5ad_users_row *row = users->table; row; row = row->hh.next) {
        if (!s5ad_user_finish(&row->user, row->name, &inner))
            return s5ad_problem_set(problem, "%.150s: %.350s", path, inner.text);
        users->scram_count += row->user.has_scram;
    }
    return true;
}

struct s5ad_users *s5ad_users_load(const char *path, struct s5ad_problem *problem)
{
    FILE *stream = s5ad_private_open(path, problem);
    if (!stream)
        return NULL;
    struct s5ad_users *users = calloc(1, sizeof *users);
    if (!users) {
        s5ad_problem_set(problem, "out of memory");
    } else {
        randombytes_buf(users->key, sizeof users->key);
        if (!s5ad_inifile_read_stream(stream, path, set_user, users, problem) ||
            !finish(users, path, problem)) {
            s5ad_users_free(users);
            users = NULL;
        }
    }
    fclose(stream);
    return users;
}

void s5ad_users_free(struct s5ad_users *users)
{
    if (!users)
        return;
    struct s5ad_users_shown *shown, *next_shown;
    HASH_ITER (hh, users->shown, shown, next_shown) {
        HASH_DEL(users->shown, shown);
        free(shown);
    }
    struct s5ad_users_row *row, *next;
    HASH_ITER (hh, users->table, row, next) {
        HASH_DEL(users->table, row);
        s5ad_acl_wipe(&row->user.acl);
        s5ad_unix_list_wipe(&row->user.sockets);
        s5a_wipe(row, sizeof *row);
        free(row);
    }
    s5a_wipe(users, sizeof *users);
    free(users);
}

void s5ad_users_inherit(struct s5ad_users *users, const struct s5ad_users *before)
{
    for (struct s5ad_users_row *row = users->table; row; row = row->hh.next) {
        const struct s5ad_user *old = s5ad_users_find(before, s5ad_users_name(&row->user));
        if (old)
            row->user.totp_last = old->totp_last;
    }
}

/* ---- questions ---- */

struct s5ad_user *s5ad_users_find(const struct s5ad_users *users, struct s5a_span name)
{
    struct s5ad_users_row *row = find_row(users, name);
    return row ? &row->user : NULL;
}

struct s5ad_user *s5ad_users_find_shown(const struct s5ad_users *users, uint8_t mid,
                                        const uint8_t bytes[static 32], uint64_t *expires)
{
    const struct s5ad_users_shown *shown = find_shown(users, mid, bytes);
    *expires = shown ? shown->expires : 0;
    return shown ? &shown->row->user : NULL;
}

struct s5a_span s5ad_users_name(const struct s5ad_user *user)
{
    const struct s5ad_users_row *row =
        (const void *)((const char *)user - offsetof(struct s5ad_users_row, user));
    return (struct s5a_span){ (const uint8_t *)row->name, row->name_len };
}

const struct s5ad_user *s5ad_users_any_scram(const struct s5ad_users *users, uint32_t number)
{
    uint32_t left = users->scram_count ? number % users->scram_count : 0;
    for (const struct s5ad_users_row *row = users->table; row; row = row->hh.next)
        if (row->user.has_scram && left-- == 0)
            return &row->user;
    return NULL;
}

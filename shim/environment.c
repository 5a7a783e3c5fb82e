/* A record of the environment as it was at the start of the process, in static storage. */
#include "shim/environment.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENTRIES_CAP = 64, STORAGE_CAP = 8192 };

enum { FRESH, BEING_RECORDED, RECORDED };

/* What the constructor noted: pointers alone, in the page that the dynamic linker has written to
 * anyway. Copying, and everything else that costs, waits for the first use. */
static const char *noted[ENTRIES_CAP] __attribute__((section(".data")));
static size_t noted_count __attribute__((section(".data")));

static int stage;
static char storage[STORAGE_CAP];
static size_t used;
static const char *entries[ENTRIES_CAP];
static size_t entry_count;
static const char *kept[ENTRIES_CAP + 1];
static size_t kept_count;
static const char *library;

/* Without a call of libc: each first one costs the constructor a symbol look-up. */
static bool begins_with(const char *text, const char *name)
{
    while (*name != '\0' && *text == *name) {
        text++;
        name++;
    }
    return *name == '\0';
}

static bool is_ours(const char *text)
{
    return begins_with(text, "SOCKS5A_") && strchr(text, '=') != NULL;
}

/* One look at the first letter settles it for nearly every variable. */
static bool is_recorded(const char *text)
{
    switch (text[0]) {
    case 'S':
        return begins_with(text, "SOCKS5A_");
    case 'L':
        return begins_with(text, "LD_PRELOAD=");
    case 'H':
        return begins_with(text, "HOME=");
    case 'X':
        return begins_with(text, "XDG_CONFIG_HOME=") || begins_with(text, "XDG_STATE_HOME=");
    case 'A':
        return begins_with(text, "ALL_PROXY=");
    case 'a':
        return begins_with(text, "all_proxy=");
    default:
        return false;
    }
}

/* Copied, since programs overwrite the area to change their title; where the storage is full the
 * original is better than nothing. */
static const char *copied(const char *text, size_t len)
{
    if (len >= sizeof(storage) - used)
        return text;
    char *copy = memcpy(storage + used, text, len);
    copy[len] = '\0';
    used += len + 1;
    return copy;
}

static const char *recorded(const char *name)
{
    for (size_t i = 0; i < entry_count; i++) {
        const char *value = s5a_variable_value(entries[i], name);
        if (value != NULL)
            return value;
    }
    return NULL;
}

static bool is_duplicate(const char *text)
{
    size_t name_len = strcspn(text, "=") + 1;
    for (size_t i = 0; i < entry_count; i++)
        if (strncmp(entries[i], text, name_len) == 0)
            return true;
    return false;
}

/* What a relative path meant when the loader read it: the program may be elsewhere by now. */
static bool absolute(const char *path, size_t len, char out[static PATH_MAX])
{
    if (getcwd(out, PATH_MAX) == NULL || len + 2 > PATH_MAX - strlen(out))
        return false;
    size_t dir_len = strlen(out);
    out[dir_len] = '/';
    memcpy(out + dir_len + 1, path, len);
    out[dir_len + 1 + len] = '\0';
    return true;
}

static void keep_library(void)
{
    const char *list = recorded("LD_PRELOAD");
    size_t len = 0;
    const char *found = list == NULL ? NULL : s5a_preload_find(list, &len);
    char path[PATH_MAX];
    if (found == NULL)
        return;
    if (found[0] != '/' && memchr(found, '/', len) != NULL && absolute(found, len, path)) {
        found = path;
        len = strlen(path);
    }
    static const char name[] = "LD_PRELOAD=";
    if (sizeof(name) + len > sizeof(storage) - used)
        return;
    memcpy(storage + used, name, sizeof(name) - 1);
    memcpy(storage + used + sizeof(name) - 1, found, len);
    kept[0] = storage + used;
    library = kept[0] + sizeof(name) - 1;
    kept_count = 1;
    used += sizeof(name) + len;
}

static void note(char *const *list)
{
    for (; *list != NULL && noted_count < ENTRIES_CAP; list++)
        if (is_recorded(*list))
            noted[noted_count++] = *list;
}

/* What was noted may have been overwritten since, by a program that changes its title; it has moved
 * its variables elsewhere before, so `environ` has them. */
static void record_one(const char *text)
{
    if (entry_count < ENTRIES_CAP && is_recorded(text) && !is_duplicate(text))
        entries[entry_count++] = copied(text, strlen(text));
}

static void record(char *const *list)
{
    for (size_t i = 0; i < noted_count; i++)
        record_one(noted[i]);
    for (; list != NULL && noted_count < ENTRIES_CAP && *list != NULL; list++)
        record_one(*list);
    keep_library();
    for (size_t i = 0; i < entry_count; i++)
        if (is_ours(entries[i]) && s5a_variable_value(entries[i], S5A_PEERS_VARIABLE) == NULL)
            kept[kept_count++] = entries[i];
}

void s5a_environment_save(void)
{
    int fresh = FRESH;
    bool is_there = environ != NULL || noted_count != 0; /* not before libc; after clearenv() */
    if (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) == RECORDED || !is_there ||
        !__atomic_compare_exchange_n(&stage, &fresh, BEING_RECORDED, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE))
        return;
    record(environ);
    __atomic_store_n(&stage, RECORDED, __ATOMIC_RELEASE);
}

__attribute__((constructor)) static void note_at_start(void)
{
    if (environ != NULL && noted_count == 0)
        note(environ);
}

static bool is_saved(void)
{
    s5a_environment_save();
    return __atomic_load_n(&stage, __ATOMIC_ACQUIRE) == RECORDED;
}

const char *s5a_environment_get(const char *name)
{
    const char *value = is_saved() ? recorded(name) : NULL;
    return value != NULL || environ == NULL ? value : getenv(name);
}

const char *s5a_environment_kept(size_t index)
{
    return is_saved() && index < kept_count ? kept[index] : NULL;
}

const char *s5a_environment_library(void)
{
    return is_saved() ? library : NULL;
}

void s5a_environment_reset(void)
{
    used = entry_count = kept_count = noted_count = 0;
    library = NULL;
    __atomic_store_n(&stage, FRESH, __ATOMIC_RELEASE);
}

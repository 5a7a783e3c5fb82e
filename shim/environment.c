/* A record of the environment as it was at the start of the process, in static storage. */
#include "shim/environment.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENTRIES_CAP = 64, STORAGE_CAP = 8192 };

enum { FRESH, BEING_RECORDED, RECORDED };

static int stage;
static char storage[STORAGE_CAP];
static size_t used;
static const char *entries[ENTRIES_CAP];
static size_t entry_count;
static const char *kept[ENTRIES_CAP + 1];
static size_t kept_count;
static const char *library;

static bool is_ours(const char *text)
{
    return strncmp(text, "SOCKS5A_", 8) == 0 && strchr(text, '=') != NULL;
}

/* One look at the first letter settles it for nearly every variable. */
static bool is_recorded(const char *text)
{
    switch (text[0]) {
    case 'S':
        return is_ours(text);
    case 'L':
        return s5a_variable_value(text, "LD_PRELOAD") != NULL;
    case 'H':
        return s5a_variable_value(text, "HOME") != NULL;
    case 'X':
        return s5a_variable_value(text, "XDG_CONFIG_HOME") != NULL ||
               s5a_variable_value(text, "XDG_STATE_HOME") != NULL;
    case 'A':
        return s5a_variable_value(text, "ALL_PROXY") != NULL;
    case 'a':
        return s5a_variable_value(text, "all_proxy") != NULL;
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

static void record(char *const *list)
{
    for (; *list != NULL && entry_count < ENTRIES_CAP; list++)
        if (is_recorded(*list) && !is_duplicate(*list))
            entries[entry_count++] = copied(*list, strlen(*list));
    keep_library();
    for (size_t i = 0; i < entry_count; i++)
        if (is_ours(entries[i]) && s5a_variable_value(entries[i], S5A_PEERS_VARIABLE) == NULL)
            kept[kept_count++] = entries[i];
}

void s5a_environment_save(void)
{
    int fresh = FRESH;
    if (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) == RECORDED || environ == NULL ||
        !__atomic_compare_exchange_n(&stage, &fresh, BEING_RECORDED, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE))
        return;
    record(environ);
    __atomic_store_n(&stage, RECORDED, __ATOMIC_RELEASE);
}

__attribute__((constructor)) static void save_at_start(void)
{
    s5a_environment_save();
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
    used = entry_count = kept_count = 0;
    library = NULL;
    __atomic_store_n(&stage, FRESH, __ATOMIC_RELEASE);
}

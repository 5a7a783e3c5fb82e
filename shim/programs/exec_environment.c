/* Merging of the environment for an executed program. */
#include "shim/programs/exec_environment.h"

#include <alloca.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/environment.h"

/* Measures while `pointers` is NULL, then writes within what was measured. */
struct builder {
    char **pointers;
    size_t count;
    size_t pointer_cap;
    char *text;
    size_t text_len;
    size_t text_cap;
    bool changed; /* from what the caller has */
    bool full;
};

static void add_pointer(struct builder *b, char *text)
{
    if (b->pointers != NULL && b->count < b->pointer_cap)
        b->pointers[b->count] = text;
    b->full |= b->pointers != NULL && b->count >= b->pointer_cap;
    b->count++;
}

/* Appends "NAME" "=" "first" "middle" "last" as one new string. */
static void add_text(struct builder *b, const char *const parts[static 4])
{
    size_t from = b->text_len;
    for (size_t i = 0; i < 4; i++) {
        size_t len = strlen(parts[i]);
        if (b->pointers != NULL && len >= b->text_cap - b->text_len) {
            b->full = true;
            return;
        }
        if (b->pointers != NULL)
            memcpy(b->text + b->text_len, parts[i], len + 1);
        b->text_len += len;
    }
    b->text_len++;
    b->changed = true;
    add_pointer(b, b->pointers == NULL ? NULL : b->text + from);
}

static const char *find(char *const envp[], const char *name)
{
    for (; envp != NULL && *envp != NULL; envp++) {
        const char *value = s5a_variable_value(*envp, name);
        if (value != NULL)
            return value;
    }
    return NULL;
}

static bool has_name_of(char *const envp[], const char *entry)
{
    size_t len = strcspn(entry, "=") + 1;
    for (; envp != NULL && *envp != NULL; envp++)
        if (strncmp(*envp, entry, len) == 0)
            return true;
    return false;
}

/* The loader obeys the last LD_PRELOAD and getenv finds the first, so each of them is seen to. */
static bool add_preload(struct builder *b, const char *list)
{
    size_t len;
    const char *library = s5a_environment_library();
    if (list == NULL || library == NULL || s5a_preload_find(list, &len) != NULL)
        return false;
    const char *parts[4] = { "LD_PRELOAD=", library, list[0] == '\0' ? "" : ":", list };
    add_text(b, parts);
    return true;
}

static void add_given(struct builder *b, char *const envp[])
{
    for (; envp != NULL && *envp != NULL; envp++) {
        if (s5a_variable_value(*envp, S5A_PEERS_VARIABLE) != NULL)
            b->changed = true;
        else if (!add_preload(b, s5a_variable_value(*envp, "LD_PRELOAD")))
            add_pointer(b, *envp);
    }
}

static void add_kept(struct builder *b, char *const envp[])
{
    const char *text;
    for (size_t i = 0; (text = s5a_environment_kept(i)) != NULL; i++)
        if (!has_name_of(envp, text))
            add_text(b, (const char *const[4]){ text, "", "", "" });
}

static bool is_changed(char *const envp[], const char *name)
{
    const char *was = s5a_environment_get(name);
    const char *is = find(envp, name);
    return was == NULL || is == NULL ? was != is : strcmp(was, is) != 0;
}

/* A directory of the user's, as client/config finds it; first and second part of the path. */
static bool find_directory(const char *xdg_name, const char *below_home, const char *out[static 2])
{
    const char *xdg = s5a_environment_get(xdg_name);
    const char *home = s5a_environment_get("HOME");
    bool has_xdg = xdg != NULL && xdg[0] == '/';
    out[0] = has_xdg ? xdg : home;
    out[1] = has_xdg ? "" : below_home;
    return out[0] != NULL && out[0][0] == '/';
}

static void add_configuration(struct builder *b, char *const envp[])
{
    const char *directory[2];
    char path[PATH_MAX];
    if (s5a_environment_get("SOCKS5A_CONF") != NULL || find(envp, "SOCKS5A_CONF") != NULL ||
        (!is_changed(envp, "HOME") && !is_changed(envp, "XDG_CONFIG_HOME")))
        return;
    if (!find_directory("XDG_CONFIG_HOME", "/.config", directory) ||
        snprintf(path, sizeof(path), "%s%s/socks5a/socks5a.conf", directory[0], directory[1]) >=
            (int)sizeof(path) ||
        access(path, F_OK) != 0)
        snprintf(path, sizeof(path), "/etc/socks5a.conf");
    if (access(path, F_OK) != 0)
        path[0] = '\0';
    add_text(b, (const char *const[4]){ "SOCKS5A_CONF=", path, "", "" });
}

static void add_state(struct builder *b, char *const envp[])
{
    const char *directory[2];
    if (s5a_environment_get("SOCKS5A_STATE_DIR") != NULL ||
        find(envp, "SOCKS5A_STATE_DIR") != NULL ||
        (!is_changed(envp, "HOME") && !is_changed(envp, "XDG_STATE_HOME")) ||
        !find_directory("XDG_STATE_HOME", "/.local/state", directory))
        return;
    const char *parts[4] = { "SOCKS5A_STATE_DIR=", directory[0], directory[1], "/socks5a" };
    add_text(b, parts);
}

static void build(struct builder *b, char *const envp[], const char *peers)
{
    add_given(b, envp);
    add_kept(b, envp);
    add_configuration(b, envp);
    add_state(b, envp);
    if (peers[0] != '\0')
        add_text(b, (const char *const[4]){ peers, "", "", "" });
    add_pointer(b, NULL);
}

static size_t needed(const struct builder *b)
{
    return b->count * sizeof(char *) + b->text_len;
}

size_t s5a_exec_environment_size(char *const envp[], const char *peers)
{
    struct builder measured = { .changed = false };
    build(&measured, envp, peers);
    return measured.changed ? needed(&measured) : 0;
}

char **s5a_exec_environment_write(char *const envp[], const char *peers, void *storage, size_t size)
{
    struct builder b = { .changed = false };
    build(&b, envp, peers);
    if (needed(&b) > size)
        return NULL;
    char *text = (char *)storage + b.count * sizeof(char *);
    b = (struct builder){ .pointers = storage, .pointer_cap = b.count, .text = text };
    b.text_cap = size - b.pointer_cap * sizeof(char *);
    build(&b, envp, peers);
    return b.full ? NULL : b.pointers;
}

static bool set(const char *entry)
{
    char name[64];
    size_t len = strcspn(entry, "=");
    const char *now;
    if (len >= sizeof(name) ||
        (strncmp(entry, "SOCKS5A_", 8) != 0 && s5a_variable_value(entry, "LD_PRELOAD") == NULL))
        return true;
    memcpy(name, entry, len);
    name[len] = '\0';
    now = getenv(name);
    return (now != NULL && strcmp(now, entry + len + 1) == 0) ||
           setenv(name, entry + len + 1, 1) == 0;
}

bool s5a_exec_environment_own(const char *peers)
{
    size_t size = s5a_exec_environment_size(environ, peers);
    if (size == 0)
        return true;
    /* cppcheck-suppress allocaCalled */
    char **merged = s5a_exec_environment_write(environ, peers, alloca(size), size);
    if (merged == NULL || (peers[0] == '\0' && unsetenv(S5A_PEERS_VARIABLE) != 0))
        return false;
    for (; *merged != NULL; merged++)
        if (!set(*merged))
            return false;
    return true;
}

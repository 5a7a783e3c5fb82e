/* Which entry of [forward] the name of a Unix socket means. */
#include "shim/sockets/forward_name.h"

#include <stddef.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/word.h"

enum {
    HEAD = offsetof(struct sockaddr_un, sun_path),
    PATH_CAP = 1024, /* of what an entry's path can be a name for */
    LINKS_MAX = 40,  /* as the kernel */
};

/* ---- walking ---- */

struct walk {
    char done[PATH_CAP]; /* "/a/b" without ".", "..", links; "" is the root */
    char rest[PATH_CAP];
    int links;
};

static bool put(char to[static PATH_CAP], const char *text)
{
    size_t len = strlen(text);
    if (len >= PATH_CAP)
        return false;
    memcpy(to, text, len + 1);
    return true;
}

static bool begin(struct walk *walk, const char *path)
{
    walk->links = 0;
    walk->done[0] = '\0';
    if (path[0] != '/' && getcwd(walk->done, PATH_CAP) == NULL)
        return false;
    if (strcmp(walk->done, "/") == 0)
        walk->done[0] = '\0';
    return put(walk->rest, path);
}

/* Up, but from the root. */
static void leave(struct walk *walk)
{
    char *end = strrchr(walk->done, '/');
    *(end != NULL ? end : walk->done) = '\0';
}

static bool enter(struct walk *walk, const char *name, size_t len)
{
    size_t used = strlen(walk->done);
    if (used + 1 + len >= PATH_CAP)
        return false;
    walk->done[used] = '/';
    memcpy(walk->done + used + 1, name, len);
    walk->done[used + 1 + len] = '\0';
    return true;
}

/* Where the link that was entered leads comes before what is left. */
static bool follow(struct walk *walk, const char *target)
{
    size_t len = strlen(target), left = strlen(walk->rest);
    if (++walk->links > LINKS_MAX || len + 1 + left >= PATH_CAP)
        return false;
    memmove(walk->rest + len + (left > 0), walk->rest, left + 1);
    memcpy(walk->rest, target, len);
    if (left > 0)
        walk->rest[len] = '/';
    if (target[0] == '/')
        walk->done[0] = '\0';
    else
        leave(walk);
    return true;
}

/* The target of the link that was entered; false: it is none. */
static bool read_link(const struct walk *walk, char out[static PATH_CAP])
{
    ssize_t len = readlink(walk->done, out, PATH_CAP);
    bool is_whole = len > 0 && len < PATH_CAP;
    out[is_whole ? len : 0] = '\0';
    return is_whole;
}

/* Walks the first name of what is left; `*is_last`: it is a name, and nothing but that was left. */
static bool step(struct walk *walk, bool *is_last)
{
    const char *name = walk->rest + strspn(walk->rest, "/");
    size_t len = strcspn(name, "/");
    bool is_up = len == 2 && memcmp(name, "..", len) == 0;
    bool is_name = len > 0 && !is_up && !(len == 1 && name[0] == '.');
    *is_last = is_name && name[len] == '\0';
    if (is_up)
        leave(walk);
    if (is_name && !enter(walk, name, len))
        return false;
    memmove(walk->rest, name + len, strlen(name + len) + 1);
    return true;
}

/* To the entry of a directory that is the end of it, and not further. False: there is none. */
static bool walk_to_end(struct walk *walk)
{
    char target[PATH_CAP];
    bool is_last = false;
    while (walk->rest[0] != '\0') {
        if (!step(walk, &is_last))
            return false;
        if (is_last)
            return true;
        if (read_link(walk, target) && !follow(walk, target))
            return false;
    }
    return false;
}

/* ---- entries ---- */

static const struct s5a_forward *entry_of(const struct s5a_forward *first, const char *at,
                                          uint16_t *index)
{
    struct walk walk;
    for (*index = 0; first != NULL; first = first->next, ++*index)
        if (first->local[0] == '/' && begin(&walk, first->local) && walk_to_end(&walk) &&
            strcmp(walk.done, at) == 0)
            return first;
    return NULL;
}

static const struct s5a_forward *find_path(const struct s5a_forward *first, const char *path,
                                           uint16_t *index)
{
    struct walk walk;
    char target[PATH_CAP];
    const struct s5a_forward *found = s5a_forward_find(first, s5a_word(path), index);
    bool goes_on = found == NULL && begin(&walk, path);
    while (found == NULL && goes_on && walk_to_end(&walk)) {
        found = entry_of(first, walk.done, index);
        goes_on = read_link(&walk, target) && follow(&walk, target);
    }
    return found;
}

const struct s5a_forward *s5a_forward_of(const struct s5a_forward *first,
                                         const struct sockaddr *address, socklen_t len,
                                         uint16_t *index)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    char name[sizeof at.sun_path + 1] = "";
    if (first == NULL || len <= HEAD || len > sizeof at)
        return NULL;
    memcpy(&at, address, len);
    memcpy(name, at.sun_path, len - HEAD);
    if (name[0] != '\0')
        return find_path(first, name, index);
    name[0] = '@';
    return s5a_forward_find(first, (struct s5a_span){ (const uint8_t *)name, len - HEAD }, index);
}

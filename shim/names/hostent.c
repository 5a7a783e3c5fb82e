/* struct hostent: answers laid out in the caller's buffer. */
#include "shim/names/hostent.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "shim/real.h"

/* Takes pieces off the caller's buffer; sticky like the cursors of protocol/bytes.h. */
struct arena {
    char *at;
    size_t left;
    bool bad;
};

static void *take(struct arena *arena, size_t len, size_t align)
{
    size_t skip = (size_t)(-(uintptr_t)arena->at & (align - 1));
    if (arena->bad || arena->left < skip || arena->left - skip < len) {
        arena->bad = true;
        return NULL;
    }
    char *piece = arena->at + skip;
    arena->at = piece + len;
    arena->left -= skip + len;
    return piece;
}

static char *take_copy(struct arena *arena, const void *bytes, size_t len)
{
    char *piece = take(arena, len, 1);
    return piece == NULL ? NULL : memcpy(piece, bytes, len);
}

static char **take_pointers(struct arena *arena, unsigned count)
{
    char **pointers = take(arena, (count + 1) * sizeof(char *), _Alignof(char *));
    if (pointers != NULL)
        pointers[count] = NULL;
    return pointers;
}

static unsigned count_aliases(const struct s5a_names_answer *answer)
{
    unsigned count = 0;
    for (size_t at = 0; at < answer->aliases_len; at += strlen(answer->aliases + at) + 1)
        count++;
    return count;
}

static char **lay_aliases(struct arena *arena, const struct s5a_names_answer *answer)
{
    unsigned count = 0;
    char **pointers = take_pointers(arena, count_aliases(answer));
    for (size_t at = 0, len; at < answer->aliases_len && !arena->bad; at += len) {
        len = strlen(answer->aliases + at) + 1;
        pointers[count++] = take_copy(arena, answer->aliases + at, len);
    }
    return pointers;
}

static char **lay_addresses(struct arena *arena, const struct s5a_names_answer *answer, size_t len)
{
    char **pointers = take_pointers(arena, answer->count);
    for (unsigned i = 0; i < answer->count && !arena->bad; i++) {
        pointers[i] = take(arena, len, _Alignof(uint32_t));
        if (pointers[i] != NULL)
            memcpy(pointers[i], answer->list[i].ip, len);
    }
    return pointers;
}

static int fail(const struct s5a_hostent_place *place, int code, int error)
{
    *place->result = NULL;
    *place->error = error;
    if (code != 0)
        errno = code;
    return code;
}

static int lay(const struct s5a_names_answer *answer, const struct s5a_hostent_place *place)
{
    struct arena arena = { place->bytes, place->len, false };
    bool is_v4 = answer->list[0].type == S5A_ATYP_IPV4;
    struct hostent entry = {
        .h_addrtype = is_v4 ? AF_INET : AF_INET6,
        .h_length = is_v4 ? 4 : 16,
    };
    entry.h_addr_list = lay_addresses(&arena, answer, (size_t)entry.h_length);
    entry.h_aliases = lay_aliases(&arena, answer);
    entry.h_name = take_copy(&arena, answer->canonical, strlen(answer->canonical) + 1);
    if (arena.bad)
        return fail(place, ERANGE, NETDB_INTERNAL);
    *place->entry = entry;
    *place->result = place->entry;
    return 0;
}

static bool is_all_of(const char *text, const char *chars)
{
    return text[strspn(text, chars)] == '\0';
}

/* Digits and dots, or hexadecimal digits and colons: libc never looks such names up. */
static bool is_numeric(const char *name)
{
    if (is_all_of(name, "0123456789."))
        return name[0] != '\0' && name[strlen(name) - 1] != '.';
    return strchr(name, ':') != NULL;
}

/* The literal as answer, named as it was written; false where it is none of that family. */
static bool parse_numeric(const char *name, int family, struct s5a_names_answer *out)
{
    uint8_t ip[16];
    struct in_addr v4;
    if (strlen(name) > S5A_NAME_MAX ||
        !(family == AF_INET ? inet_aton(name, &v4) != 0
                            : family == AF_INET6 && inet_pton(AF_INET6, name, ip) == 1))
        return false;
    if (family == AF_INET)
        memcpy(ip, &v4, sizeof(v4));
    out->is_fake = false;
    out->aliases_len = 0;
    out->count = 1;
    out->list[0] = family == AF_INET ? s5a_address_ipv4(ip) : s5a_address_ipv6(ip);
    strcpy(out->canonical, name);
    return true;
}

int s5a_names_hostent_by_name(const struct s5a_names *names, const char *name, int family,
                              const struct s5a_hostent_place *place)
{
    struct s5a_names_answer answer;
    struct in_addr ignored;
    if (is_numeric(name))
        return parse_numeric(name, family, &answer) ? lay(&answer, place)
                                                    : fail(place, 0, HOST_NOT_FOUND);
    if (family != AF_INET && family != AF_INET6)
        return fail(place, EAFNOSUPPORT, NETDB_INTERNAL);
    if (inet_aton(name, &ignored) != 0) /* 0x7f.1: a name here, of no host */
        return fail(place, 0, HOST_NOT_FOUND);
    switch (s5a_names_find(names, name, family, &answer)) {
    case S5A_NAMES_FOUND:
        return lay(&answer, place);
    case S5A_NAMES_FULL:
    case S5A_NAMES_AGAIN:
        return fail(place, EAGAIN, TRY_AGAIN);
    default:
        return fail(place, 0, HOST_NOT_FOUND);
    }
}

static bool is_unspecified(const struct s5a_address *address)
{
    static const uint8_t zeros[16];
    return address->type == S5A_ATYP_IPV6 && memcmp(address->ip, zeros, sizeof(zeros)) == 0;
}

int s5a_names_hostent_by_address(const struct s5a_names *names, const void *address, socklen_t len,
                                 int family, const struct s5a_hostent_place *place)
{
    struct s5a_names_answer answer;
    if (family != AF_INET && family != AF_INET6)
        return fail(place, EAFNOSUPPORT, NETDB_INTERNAL);
    if (len != (family == AF_INET ? 4 : 16))
        return fail(place, EINVAL, NETDB_INTERNAL);
    struct s5a_address ip =
        family == AF_INET ? s5a_address_ipv4(address) : s5a_address_ipv6(address);
    if (is_unspecified(&ip))
        return fail(place, ENOENT, HOST_NOT_FOUND);
    switch (s5a_names_find_address(names, &ip, &answer)) {
    case S5A_NAMES_FOUND:
        return lay(&answer, place);
    case S5A_NAMES_AGAIN:
        return fail(place, EAGAIN, TRY_AGAIN);
    default:
        return fail(place, 0, HOST_NOT_FOUND);
    }
}

/* Large enough for every answer: names, aliases, addresses and the pointers to them. */
enum { RING_CAP = 8192 };

struct ring_place {
    struct hostent entry;
    struct hostent *result;
    char bytes[RING_CAP];
};

/* No lock: one would be left held in a child forked meanwhile. */
static struct ring_place *next_place(struct s5a_hostent_place *place)
{
    static struct ring_place ring[S5A_HOSTENT_RING];
    static unsigned turn;
    struct ring_place *mine =
        &ring[__atomic_fetch_add(&turn, 1, __ATOMIC_RELAXED) % S5A_HOSTENT_RING];
    *place = (struct s5a_hostent_place){
        &mine->entry, mine->bytes, sizeof(mine->bytes), &mine->result, &h_errno,
    };
    return mine;
}

struct hostent *s5a_names_static_by_name(const struct s5a_names *names, const char *name,
                                         int family)
{
    struct s5a_hostent_place place;
    struct ring_place *mine = next_place(&place);
    (void)s5a_names_hostent_by_name(names, name, family, &place);
    return mine->result;
}

struct hostent *s5a_names_static_by_address(const struct s5a_names *names, const void *address,
                                            socklen_t len, int family)
{
    struct s5a_hostent_place place;
    struct ring_place *mine = next_place(&place);
    (void)s5a_names_hostent_by_address(names, address, len, family, &place);
    return mine->result;
}

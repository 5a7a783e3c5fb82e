/* The names of pairs: "socks5a/RANDOM/KIND…" behind the byte 0 that makes them abstract. KIND e: the
 * errno; 4 and 6: port and address of the peer, then of the socket itself; u: of a forwarded Unix
 * socket, its number in the place of the port. All in hexadecimal. */
#include "shim/engine/told.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/un.h>

#include "shim/real.h"
#include "shim/sockets/sockets.h"

static const char head[] = "socks5a/";

enum {
    RANDOM_LEN = 8, /* so that nobody can take the names of others' pairs before they do */
    KIND_AT = sizeof head - 1 + 2 * RANDOM_LEN + 1,
    TRIES = 3,
};

/* ---- hexadecimal ---- */

struct text {
    struct sockaddr_un at;
    size_t used; /* of sun_path, which begins with the byte 0 */
};

static void put_bytes(struct text *text, const void *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = bytes;
    for (size_t i = 0; i < len && text->used + 2 <= sizeof text->at.sun_path; i++) {
        text->at.sun_path[text->used++] = digits[from[i] >> 4];
        text->at.sun_path[text->used++] = digits[from[i] & 15];
    }
}

static void put_text(struct text *text, const char *from)
{
    while (*from != '\0' && text->used < sizeof text->at.sun_path)
        text->at.sun_path[text->used++] = *from++;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_bytes(const char **at, void *bytes, size_t len)
{
    uint8_t *to = bytes;
    for (size_t i = 0; i < len; i++, *at += 2) {
        int high = digit((*at)[0]);
        int low = high < 0 ? -1 : digit((*at)[1]);
        if (low < 0)
            return false;
        to[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* ---- addresses ---- */

static void *address_of(union s5a_inet *in, size_t *len)
{
    *len = in->family == AF_INET6  ? sizeof in->v6.sin6_addr
           : in->family == AF_INET ? sizeof in->v4.sin_addr
                                   : 0;
    return in->family == AF_INET6 ? (void *)&in->v6.sin6_addr : (void *)&in->v4.sin_addr;
}

/* The port is at the same place in all families. */
static void put_address(struct text *text, const union s5a_inet *from)
{
    union s5a_inet in = *from;
    size_t len;
    void *address = address_of(&in, &len);
    put_bytes(text, &in.v4.sin_port, sizeof in.v4.sin_port);
    put_bytes(text, address, len);
}

static bool take_address(const char **at, sa_family_t family, union s5a_inet *out)
{
    size_t len;
    memset(out, 0, sizeof *out);
    out->family = family;
    void *address = address_of(out, &len);
    return take_bytes(at, &out->v4.sin_port, sizeof out->v4.sin_port) &&
           take_bytes(at, address, len);
}

/* ---- naming ---- */

static const char *kind_of(sa_family_t family)
{
    return family == AF_INET6 ? "6" : family == AF_INET ? "4" : "u";
}

static void begin(struct text *text, const char *kind)
{
    uint8_t random[RANDOM_LEN] = { 0 };
    (void)!getrandom(random, sizeof random, GRND_NONBLOCK);
    *text = (struct text){ .at = { .sun_family = AF_UNIX }, .used = 1 };
    put_text(text, head);
    put_bytes(text, random, sizeof random);
    put_text(text, "/");
    put_text(text, kind);
}

static int name(int inner, const struct text *text)
{
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + text->used);
    return S5A_REAL(bind)(inner, (const struct sockaddr *)&text->at, len) == 0 ? 0 : errno;
}

bool s5a_told_error(int inner, int error)
{
    struct text text;
    begin(&text, "e");
    put_bytes(&text, &error, sizeof error);
    return name(inner, &text) == 0;
}

bool s5a_told_connected(int inner, const union s5a_inet *peer, const union s5a_inet *local)
{
    int failed = EADDRINUSE;
    for (int i = 0; i < TRIES && failed == EADDRINUSE; i++) {
        struct text text;
        begin(&text, kind_of(peer->family));
        put_address(&text, peer);
        put_address(&text, local);
        failed = name(inner, &text);
    }
    return failed == 0;
}

/* ---- reading ---- */

static bool parse(const char *at, struct s5a_told *out)
{
    char kind = *at++;
    sa_family_t family = kind == '6' ? AF_INET6 : kind == '4' ? AF_INET : AF_UNIX;
    memset(out, 0, sizeof *out);
    if (kind == 'e')
        return take_bytes(&at, &out->error, sizeof out->error) && out->error > 0;
    return (kind == '4' || kind == '6' || kind == 'u') && take_address(&at, family, &out->peer) &&
           take_address(&at, family, &out->local);
}

/* The text behind the random part, NUL behind it. */
static bool read_name(int outer, struct sockaddr_un *from)
{
    socklen_t len = sizeof *from - 1;
    memset(from, 0, sizeof *from);
    return S5A_REAL(getpeername)(outer, (struct sockaddr *)from, &len) == 0 &&
           from->sun_family == AF_UNIX && from->sun_path[0] == '\0' &&
           strncmp(from->sun_path + 1, head, sizeof head - 1) == 0 &&
           strnlen(from->sun_path + 1, KIND_AT) == KIND_AT;
}

static bool is_nameless(int outer)
{
    struct sockaddr_un own;
    socklen_t len = sizeof own;
    return S5A_REAL(getsockname)(outer, (struct sockaddr *)&own, &len) == 0 &&
           len == sizeof own.sun_family;
}

bool s5a_told_find(int outer, struct s5a_told *out)
{
    int saved = errno;
    struct sockaddr_un from;
    bool is_told = read_name(outer, &from) && is_nameless(outer) && s5a_is_of_friend(outer) &&
                   parse(from.sun_path + 1 + KIND_AT, out);
    errno = saved;
    return is_told;
}

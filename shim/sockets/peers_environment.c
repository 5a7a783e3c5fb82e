/* Peers over exec: "SOCKS5A_PEERS=ENTRY,ENTRY…", each entry the cookie, kind, facade and socket
 * address in hexadecimal, colons between. Cookies are the kernel's, so an entry that does not
 * belong to an inherited socket is harmless. */
#include "shim/sockets/peers_private.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/sockets/descriptors.h"
#include "shim/environment.h"
#include "shim/real.h"

#define VARIABLE "SOCKS5A_PEERS"

static const char digits[] = "0123456789abcdef";

struct text {
    char *at;
    char *end; /* room for NUL kept behind it */
};

static void add_hex(struct text *text, const void *bytes, size_t len, char separator)
{
    const uint8_t *from = bytes;
    for (size_t i = 0; i < len; i++) {
        *text->at++ = digits[from[i] >> 4];
        *text->at++ = digits[from[i] & 15];
    }
    *text->at++ = separator;
}

enum { ENTRY_MAX = 2 * (int)(8 + 1 + 1 + sizeof(struct sockaddr_in6)) + 4 };

static bool export_one(int fd, void *context)
{
    struct text *text = context;
    struct s5a_peer peer;
    int flags = S5A_REAL(fcntl)(fd, F_GETFD);
    if (flags < 0 || (flags & FD_CLOEXEC) != 0 ||
        !s5a_peers_find_cookie(s5a_socket_cookie(fd), &peer) || peer.kind == S5A_PEER_FAILED)
        return true;
    if (text->end - text->at < ENTRY_MAX)
        return false;
    add_hex(text, &peer.cookie, sizeof peer.cookie, ':');
    add_hex(text, &peer.kind, 1, ':');
    add_hex(text, &peer.facade, 1, ':');
    add_hex(text, &peer.address, s5a_inet_len(&peer.address), ',');
    return true;
}

size_t s5a_peers_export(char *out, size_t cap)
{
    static const char head[] = VARIABLE "=";
    struct text text = { out + sizeof head - 1, out + cap - 1 };
    if (!s5a_peers_any_kind() || cap < sizeof head + ENTRY_MAX)
        return 0;
    memcpy(out, head, sizeof head);
    s5a_descriptors_each(export_one, &text);
    *text.at = '\0';
    return text.at == out + sizeof head - 1 ? 0 : (size_t)(text.at - out);
}

static int digit(char c)
{
    const char *found = c == '\0' ? NULL : strchr(digits, c);
    return found == NULL ? -1 : (int)(found - digits);
}

/* Up to `cap` bytes before `separator`; how many, or 0 where the text is not so. */
static size_t take_hex(const char **at, void *out, size_t cap, char separator)
{
    uint8_t *to = out;
    size_t len = 0;
    while (digit((*at)[0]) >= 0 && digit((*at)[1]) >= 0 && len < cap) {
        to[len++] = (uint8_t)(digit((*at)[0]) << 4 | digit((*at)[1]));
        *at += 2;
    }
    return *(*at)++ == separator ? len : 0;
}

static bool is_handed_on(uint8_t kind)
{
    return (kind >= S5A_PEER_STREAM && kind <= S5A_PEER_GATE) || kind == S5A_PEER_LISTENER;
}

static bool take_entry(const char **at, struct s5a_peer *peer)
{
    memset(peer, 0, sizeof *peer);
    return take_hex(at, &peer->cookie, sizeof peer->cookie, ':') == sizeof peer->cookie &&
           take_hex(at, &peer->kind, 1, ':') == 1 && take_hex(at, &peer->facade, 1, ':') == 1 &&
           take_hex(at, &peer->address, sizeof peer->address, ',') >= sizeof peer->address.v4 &&
           peer->cookie != 0 && is_handed_on(peer->kind) &&
           (peer->address.family == AF_INET || peer->address.family == AF_INET6 ||
            peer->address.family == AF_UNIX);
}

void s5a_peers_parse(bool (*put)(const struct s5a_peer *peer))
{
    const char *at = s5a_environment_get(VARIABLE);
    struct s5a_peer peer;
    while (at != NULL && *at != '\0' && take_entry(&at, &peer))
        put(&peer);
}

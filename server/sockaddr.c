/* IP socket addresses: conversions and the question whether one is our own. */
#include "server/sockaddr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/value.h"

static struct s5ad_sockaddr make_v4(const void *ip, uint16_t port)
{
    struct s5ad_sockaddr at = { .v4 = { .sin_family = AF_INET, .sin_port = htons(port) } };
    memcpy(&at.v4.sin_addr, ip, sizeof at.v4.sin_addr);
    return at;
}

static struct s5ad_sockaddr make_v6(const void *ip, uint16_t port)
{
    struct s5ad_sockaddr at = { .v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) } };
    memcpy(&at.v6.sin6_addr, ip, sizeof at.v6.sin6_addr);
    if (IN6_IS_ADDR_V4MAPPED(&at.v6.sin6_addr))
        return make_v4((const uint8_t *)ip + 12, port);
    return at;
}

static struct s5ad_sockaddr make_none(void)
{
    return (struct s5ad_sockaddr){ .any = { .sa_family = AF_UNSPEC } };
}

struct s5ad_sockaddr s5ad_sockaddr_of(const struct s5a_address *address, uint16_t port)
{
    switch (address->type) {
    case S5A_ATYP_IPV4:
        return make_v4(address->ip, port);
    case S5A_ATYP_IPV6:
        return make_v6(address->ip, port);
    default:
        return make_none();
    }
}

struct s5ad_sockaddr s5ad_sockaddr_at_port(const struct s5ad_sockaddr *at, uint16_t port)
{
    struct s5ad_sockaddr other = *at;
    other.v4.sin_port = htons(port); /* at the same place in both */
    return other;
}

struct s5ad_sockaddr s5ad_sockaddr_from(const struct sockaddr *given)
{
    struct s5ad_sockaddr at = make_none();
    if (given->sa_family == AF_INET) {
        memcpy(&at.v4, given, sizeof at.v4);
    } else if (given->sa_family == AF_INET6) {
        memcpy(&at.v6, given, sizeof at.v6);
        if (IN6_IS_ADDR_V4MAPPED(&at.v6.sin6_addr))
            return make_v6(&at.v6.sin6_addr, ntohs(at.v6.sin6_port));
    }
    return at;
}

struct s5ad_sockaddr s5ad_sockaddr_local(int fd)
{
    struct sockaddr_storage storage = { 0 };
    socklen_t size = sizeof storage;
    if (getsockname(fd, (struct sockaddr *)&storage, &size) < 0)
        return make_none();
    return s5ad_sockaddr_from((struct sockaddr *)&storage);
}

struct s5ad_sockaddr s5ad_sockaddr_peer(int fd)
{
    struct sockaddr_storage storage = { 0 };
    socklen_t size = sizeof storage;
    if (getpeername(fd, (struct sockaddr *)&storage, &size) < 0)
        return make_none();
    return s5ad_sockaddr_from((struct sockaddr *)&storage);
}

socklen_t s5ad_sockaddr_len(const struct s5ad_sockaddr *at)
{
    return at->any.sa_family == AF_INET ? sizeof at->v4 : sizeof at->v6;
}

uint16_t s5ad_sockaddr_port(const struct s5ad_sockaddr *at)
{
    if (at->any.sa_family == AF_INET)
        return ntohs(at->v4.sin_port);
    return at->any.sa_family == AF_INET6 ? ntohs(at->v6.sin6_port) : 0;
}

const uint8_t *s5ad_sockaddr_ip(const struct s5ad_sockaddr *at, size_t *len)
{
    if (at->any.sa_family == AF_INET) {
        *len = sizeof at->v4.sin_addr;
        return (const uint8_t *)&at->v4.sin_addr;
    }
    *len = at->any.sa_family == AF_INET6 ? sizeof at->v6.sin6_addr : 0;
    return at->v6.sin6_addr.s6_addr;
}

struct s5a_address s5ad_sockaddr_address(const struct s5ad_sockaddr *at)
{
    size_t len;
    const uint8_t *ip = s5ad_sockaddr_ip(at, &len);
    static const uint8_t zeros[4];
    if (len == 16)
        return s5a_address_ipv6(ip);
    return s5a_address_ipv4(len == 4 ? ip : zeros);
}

const char *s5ad_sockaddr_format(const struct s5ad_sockaddr *at,
                                 char out[static S5AD_SOCKADDR_TEXT_CAP])
{
    char ip[INET6_ADDRSTRLEN];
    size_t len;
    const uint8_t *bytes = s5ad_sockaddr_ip(at, &len);
    if (len == 0 || !inet_ntop(at->any.sa_family, bytes, ip, sizeof ip))
        return strcpy(out, "-");
    snprintf(out, S5AD_SOCKADDR_TEXT_CAP, len == 4 ? "%s:%u" : "[%s]:%u", ip,
             (unsigned)s5ad_sockaddr_port(at));
    return out;
}

static bool parse_port(uint16_t *port, const char *text)
{
    unsigned long value;
    bool is_number = s5ad_value_number(text, UINT16_MAX, &value);
    *port = (uint16_t)value;
    return is_number;
}

bool s5ad_sockaddr_parse(struct s5ad_sockaddr *out, const char *text)
{
    *out = make_none();
    const char *colon = strrchr(text, ':');
    uint16_t port;
    if (!colon || !parse_port(&port, colon + 1))
        return false;
    size_t len = (size_t)(colon - text);
    bool bracketed = len >= 2 && text[0] == '[' && text[len - 1] == ']';
    char host[INET6_ADDRSTRLEN];
    if (bracketed) {
        text++;
        len -= 2;
    }
    if (len >= sizeof host)
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    uint8_t ip[16];
    if (!bracketed && inet_pton(AF_INET, host, ip) == 1)
        *out = make_v4(ip, port);
    else if (bracketed && inet_pton(AF_INET6, host, ip) == 1)
        *out = make_v6(ip, port);
    return out->any.sa_family != AF_UNSPEC;
}

/* For a destination of its own the kernel picks that same address as the source, so connecting a
 * datagram socket, which sends nothing, tells; no list of interfaces can be out of date. */
bool s5ad_sockaddr_is_own(const struct s5ad_sockaddr *at)
{
    int fd = socket(at->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return true; /* unknown: better refused */
    bool own = false;
    if (connect(fd, &at->any, s5ad_sockaddr_len(at)) == 0) {
        struct s5ad_sockaddr source = s5ad_sockaddr_local(fd);
        size_t a, b;
        const uint8_t *ours = s5ad_sockaddr_ip(&source, &a);
        const uint8_t *theirs = s5ad_sockaddr_ip(at, &b);
        own = a == b && memcmp(ours, theirs, a) == 0;
    }
    close(fd);
    return own;
}

/* Endpoints as socket addresses. */
#include "client/session/resolve.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

static void add(struct s5a_resolved *out, const void *address, size_t len)
{
    struct s5a_sockaddr *to = &out->list[out->count++];
    memcpy(&to->at, address, len);
    to->len = (socklen_t)len;
}

static void add_ipv4(struct s5a_resolved *out, const uint8_t *ip, uint16_t port)
{
    struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
    memcpy(&sin.sin_addr, ip, sizeof sin.sin_addr);
    add(out, &sin, sizeof sin);
}

static void add_ipv6(struct s5a_resolved *out, const uint8_t *ip, uint16_t port)
{
    struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
    memcpy(&sin6.sin6_addr, ip, sizeof sin6.sin6_addr);
    add(out, &sin6, sizeof sin6);
}

/* A path ends with a NUL, an abstract name begins with one. */
static int add_unix(struct s5a_resolved *out, struct s5a_span name, bool abstract)
{
    struct sockaddr_un sun = { .sun_family = AF_UNIX };
    if (name.len >= sizeof sun.sun_path)
        return -ENAMETOOLONG;
    memcpy(sun.sun_path + (abstract ? 1 : 0), name.at, name.len);
    add(out, &sun, offsetof(struct sockaddr_un, sun_path) + 1 + name.len);
    return 0;
}

static int look_up_errno(int error)
{
    int saved = errno;
    if (error == EAI_MEMORY)
        return ENOMEM;
    return error == EAI_SYSTEM && saved > 0 ? saved : EHOSTUNREACH;
}

static void add_found(struct s5a_resolved *out, const struct addrinfo *found, uint16_t port)
{
    if (found->ai_family == AF_INET) {
        struct sockaddr_in sin;
        memcpy(&sin, found->ai_addr, sizeof sin);
        sin.sin_port = htons(port);
        add(out, &sin, sizeof sin);
    } else if (found->ai_family == AF_INET6) {
        struct sockaddr_in6 sin6; /* whole, for its scope */
        memcpy(&sin6, found->ai_addr, sizeof sin6);
        sin6.sin6_port = htons(port);
        add(out, &sin6, sizeof sin6);
    }
}

static int look_up(const struct s5a_io *io, struct s5a_span name, uint16_t port,
                   struct s5a_resolved *out)
{
    char node[S5A_NAME_MAX + 1];
    if (name.len == 0 || name.len > S5A_NAME_MAX)
        return -EHOSTUNREACH;
    memcpy(node, name.at, name.len);
    node[name.len] = '\0';
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC };
    struct addrinfo *list = NULL;
    int error = io->getaddrinfo(node, NULL, &hints, &list);
    if (error != 0)
        return -look_up_errno(error);
    for (const struct addrinfo *at = list; at && out->count < S5A_RESOLVED_MAX; at = at->ai_next)
        add_found(out, at, port);
    io->freeaddrinfo(list);
    return out->count > 0 ? 0 : -EHOSTUNREACH;
}

int s5a_resolve(const struct s5a_io *io, const struct s5a_endpoint *endpoint,
                struct s5a_resolved *out)
{
    const struct s5a_address *address = &endpoint->address;
    *out = (struct s5a_resolved){ 0 };
    switch (address->type) {
    case S5A_ATYP_IPV4:
        add_ipv4(out, address->ip, endpoint->port);
        return 0;
    case S5A_ATYP_IPV6:
        add_ipv6(out, address->ip, endpoint->port);
        return 0;
    case S5A_ATYP_NAME:
        return look_up(io, address->text, endpoint->port, out);
    case S5A_ATYP_UNIX:
    case S5A_ATYP_ABSTRACT:
        return add_unix(out, address->text, address->type == S5A_ATYP_ABSTRACT);
    default:
        return -EAFNOSUPPORT;
    }
}

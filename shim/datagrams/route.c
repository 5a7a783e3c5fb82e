/* Where a datagram of the program goes. */
#include "shim/datagrams/route.h"

#include <errno.h>
#include <string.h>

#include "shim/datagrams/letting_in.h"
#include "shim/datagrams/resolver.h"
#include "shim/runtime.h"

static int refuse(const struct s5a_target *target, const char *why)
{
    char text[S5A_ADDRESS_TEXT_CAP];
    s5a_target_format(target, text, sizeof text);
    s5a_log(S5A_LOG_INFO, "%s: datagram denied: %s", text, why);
    return -EACCES;
}

/* ---- by the rules ---- */

static bool is_name(const struct s5a_datagram_route *r)
{
    return r->named.target.address.type == S5A_ATYP_NAME;
}

static int go_directly(struct s5a_datagram_route *r)
{
    r->way = is_name(r) ? S5A_WAY_NAME : S5A_WAY_KERNEL;
    return 0;
}

static int go_through(struct s5a_datagram_route *r)
{
    const struct s5a_target *target = &r->named.target;
    if (r->config->udp_mode == S5A_UDP_DIRECT)
        return go_directly(r);
    if (r->config->udp_mode == S5A_UDP_BLOCK)
        return refuse(target, "UDP is blocked");
    if (s5a_target_is_link_scoped(target))
        return refuse(target, "an address of this host's links");
    r->way = S5A_WAY_PROXY;
    return 0;
}

/* Also where the name server is this machine's: it would ask others. */
static bool is_for_resolver(const struct s5a_config *config, const struct s5a_target *target,
                            const struct s5a_route *route)
{
    return (route->verdict == S5A_ROUTE_PROXY || route->is_implied) &&
           s5a_resolver_is_for(config, target);
}

bool s5a_datagram_is_direct(const struct s5a_config *config, const struct s5a_target *target)
{
    struct s5a_route route = s5a_config_route(config, target, S5A_UDP);
    if (is_for_resolver(config, target, &route))
        return false;
    return route.verdict == S5A_ROUTE_DIRECT ||
           (route.verdict == S5A_ROUTE_PROXY && config->udp_mode == S5A_UDP_DIRECT);
}

static int decide(struct s5a_datagram_route *r)
{
    const struct s5a_target *target = &r->named.target;
    struct s5a_route route = s5a_config_route(r->config, target, S5A_UDP);
    r->proxy = route.proxy;
    if (is_for_resolver(r->config, target, &route)) {
        r->way = S5A_WAY_RESOLVER;
        return 0;
    }
    if (route.verdict == S5A_ROUTE_DIRECT)
        return go_directly(r);
    return route.verdict == S5A_ROUTE_DENY ? refuse(target, route.rule) : go_through(r);
}

static int route_to(struct s5a_datagram_route *r, const struct sockaddr *address, socklen_t len)
{
    r->config = s5a_runtime_config();
    if (r->config == NULL)
        return -EACCES;
    if (s5a_target_read(r->config, address, len, &r->named) != 0)
        return refuse(&r->named.target, "a fake address that belongs to no name");
    return decide(r);
}

/* ---- by the call ---- */

struct sender {
    int fd;
    struct s5a_socket_kind kind;
    bool is_known; /* the route has its association already */
};

/* The kernel is asked about those alone that are not known. False where it is no socket. */
static bool look_at(int fd, struct sender *out, struct s5a_datagram_route *r)
{
    out->fd = fd;
    out->is_known = s5a_association_find(fd, &r->association);
    if (!out->is_known)
        return s5a_socket_kind(fd, &out->kind);
    out->kind = s5a_association_kind(&r->association);
    return true;
}

/* What the kernel refuses whatever the rules say, with an errno of its own. */
static bool is_refused_by_kernel(const struct sender *s, const struct s5a_named_target *named)
{
    sa_family_t family = named->as_given.family;
    int domain = s->kind.domain;
    if (named->target.port == 0 || (domain == AF_INET && family == AF_INET6))
        return true;
    return domain == AF_INET6 &&
           (family == AF_INET || IN6_IS_ADDR_V4MAPPED(&named->as_given.v6.sin6_addr)) &&
           s5a_socket_option(s->fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) != 0;
}

void s5a_named_keep_in_family(struct s5a_named_target *named, sa_family_t domain)
{
    union s5a_inet mapped;
    if (named->as_given.family != domain && domain == AF_INET6 &&
        s5a_inet_in_family(&mapped, domain, &named->as_given))
        named->as_given = mapped;
}

/* From whom the kernel is about to send to. */
static void expect_answers(const struct sender *s, struct s5a_datagram_route *r)
{
    s5a_named_keep_in_family(&r->named, (sa_family_t)s->kind.domain);
    s5a_let_in_direct(s->fd, &r->association, &r->named.as_given);
    if (r->association.has_direct_names) /* one of which may lead there, too: the latest counts */
        s5a_association_note_direct(&r->association, &r->named.as_given, &r->named.as_given);
}

static int route_inet(const struct sender *s, const struct sockaddr *address, socklen_t len,
                      struct s5a_datagram_route *r)
{
    int failed = route_to(r, address, len);
    if (failed != 0)
        return failed;
    if (r->way != S5A_WAY_KERNEL && !s5a_is_datagram(&s->kind))
        return refuse(&r->named.target, "neither TCP nor UDP");
    if (r->way == S5A_WAY_KERNEL) {
        if (s->is_known)
            expect_answers(s, r);
        return 0;
    }
    if (is_refused_by_kernel(s, &r->named)) {
        r->way = S5A_WAY_KERNEL;
        return 0;
    }
    s5a_named_keep_in_family(&r->named, (sa_family_t)s->kind.domain);
    bool is_there = s->is_known || s5a_association_take(s->fd, &s->kind, &r->association);
    return is_there ? 0 : -ENOBUFS;
}

/* The kernel takes AF_UNSPEC for AF_INET in sendto() on an IPv4 socket. */
static int route_unspecified(const struct sender *s, const struct sockaddr *address, socklen_t len,
                             struct s5a_datagram_route *r)
{
    struct sockaddr_in v4;
    if (len < sizeof v4)
        return 0; /* EINVAL by the kernel */
    memcpy(&v4, address, sizeof v4);
    v4.sin_family = AF_INET;
    return route_inet(s, (const struct sockaddr *)&v4, sizeof v4, r);
}

/* A socket that an exec has handed on. */
static bool find_handed_on(int fd, struct s5a_association *out)
{
    struct s5a_peer peer;
    struct s5a_socket_kind kind;
    struct s5a_named_target named;
    const struct s5a_config *config;
    if (!s5a_peers_imported(S5A_PEER_DATAGRAM) || !s5a_peers_find(fd, &peer) ||
        peer.kind != S5A_PEER_DATAGRAM || !s5a_socket_kind(fd, &kind))
        return false;
    config = s5a_runtime_config();
    return config != NULL &&
           s5a_target_read(config, &peer.address.plain, s5a_inet_len(&peer.address), &named) == 0 &&
           s5a_datagram_connect(fd, &kind, config, &named) == 0 && s5a_association_find(fd, out);
}

/* Without an address: to whom connect() was told, where the kernel was not. */
static int route_to_peer(int fd, struct s5a_datagram_route *r)
{
    bool is_known = s5a_association_find(fd, &r->association);
    if (!is_known && !find_handed_on(fd, &r->association))
        return 0;
    const union s5a_inet peer = r->association.peer;
    return r->association.is_connected ? route_to(r, &peer.plain, s5a_inet_len(&peer)) : 0;
}

int s5a_datagram_route(int fd, const struct sockaddr *address, socklen_t len,
                       struct s5a_datagram_route *out)
{
    struct sender s;
    out->way = S5A_WAY_KERNEL;
    if (address == NULL || len < sizeof address->sa_family)
        return route_to_peer(fd, out);
    if (!look_at(fd, &s, out) || (s.kind.domain != AF_INET && s.kind.domain != AF_INET6) ||
        s.kind.type == SOCK_STREAM)
        return 0; /* a local socket, or a stream, where the kernel ignores the address */
    if (address->sa_family == AF_UNSPEC)
        return route_unspecified(&s, address, len, out);
    return s5a_is_inet(address, len) ? route_inet(&s, address, len, out) : 0;
}

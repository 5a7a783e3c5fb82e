/* The ways to IPv4 and IPv6 addresses. */
#include "shim/sockets/connect_inet.h"

#include <errno.h>

#include "client/word.h"
#include "shim/datagrams/resolver.h"
#include "shim/datagrams/route.h"
#include "shim/names/lookup_cache.h"
#include "shim/names/stub_connect.h"
#include "shim/runtime.h"
#include "shim/sockets/direct.h"
#include "shim/sockets/stream.h"

enum { PORT_DOMAIN = 53 };

static int deny(const struct s5a_target *target, const char *why, int error)
{
    char text[S5A_ADDRESS_TEXT_CAP];
    s5a_target_format(target, text, sizeof text);
    s5a_log(S5A_LOG_INFO, "%s: denied: %s", text, why);
    return -error;
}

/* As the kernel answers a stream socket that is given an address of the other family. */
static int mismatch(const struct s5a_socket_kind *kind, socklen_t len)
{
    return kind->domain == AF_INET6 && len <= sizeof(struct sockaddr_in) ? -EINVAL : -EAFNOSUPPORT;
}

/* An IPv6 socket that is to be nothing else has no way to an IPv4 address. */
static bool is_unreachable(int fd, const struct s5a_named_target *named)
{
    return named->as_given.family == AF_INET6 &&
           IN6_IS_ADDR_V4MAPPED(&named->as_given.v6.sin6_addr) &&
           s5a_socket_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) != 0;
}

/* As datagrams, also where the name server is this machine's, unless a rule names it. */
static bool is_for_stub(const struct s5a_config *config, const struct s5a_target *target,
                        const struct s5a_route *route)
{
    return (route->verdict == S5A_ROUTE_PROXY || route->is_implied) &&
           s5a_resolver_is_for(config, target);
}

/* … where the stub could not be had. */
static bool is_leak(const struct s5a_config *config, const struct s5a_target *target,
                    const struct s5a_route *route)
{
    return target->port == PORT_DOMAIN && route->is_implied && config->dns_mode != S5A_DNS_LOCAL;
}

static int connect_by(int fd, const struct s5a_socket_kind *kind, const struct s5a_config *config,
                      const struct s5a_route *route, const struct s5a_named_target *named)
{
    if (is_leak(config, &named->target, route))
        return deny(&named->target, "a name server of this machine would ask others", ECONNREFUSED);
    if (route->verdict == S5A_ROUTE_DIRECT)
        return s5a_direct_connect(fd, kind, named);
    if (route->verdict == S5A_ROUTE_DENY)
        return deny(&named->target, route->rule, EACCES);
    if (s5a_target_is_link_scoped(&named->target))
        return deny(&named->target, "an address of this host's links", ENETUNREACH);
    return s5a_stream_connect(fd, kind, config, route->proxy, named);
}

static int connect_stream(int fd, const struct s5a_socket_kind *kind,
                          const struct s5a_config *config, const struct s5a_named_target *named)
{
    int result = S5A_STUB_UNSERVED;
    if (is_unreachable(fd, named))
        return -ENETUNREACH;
    char name[S5A_NAME_MAX + 1] = "";
    if (named->target.address.type != S5A_ATYP_NAME)
        (void)s5a_lookup_name_of(&named->target.address, name);
    struct s5a_route route =
        s5a_config_route_named(config, &named->target, s5a_word(name), S5A_TCP);
    if (is_for_stub(config, &named->target, &route))
        result = s5a_stub_connect(fd, kind, named);
    return result == S5A_STUB_UNSERVED ? connect_by(fd, kind, config, &route, named) : result;
}

int s5a_connect_inet(int fd, const struct s5a_socket_kind *kind, const struct sockaddr *address,
                     socklen_t len)
{
    struct s5a_named_target named;
    const struct s5a_config *config = s5a_runtime_config();
    bool is_stream = s5a_is_stream(kind);
    if (is_stream && address->sa_family != kind->domain)
        return mismatch(kind, len);
    if (config == NULL)
        return -EACCES;
    int failed = s5a_target_read(config, address, len, &named);
    if (failed != 0)
        return deny(&named.target, "a fake address that belongs to no name", -failed);
    if (is_stream)
        return connect_stream(fd, kind, config, &named);
    if (s5a_is_datagram(kind))
        return s5a_datagram_connect(fd, kind, config, &named);
    return deny(&named.target, "neither TCP nor UDP", EACCES);
}

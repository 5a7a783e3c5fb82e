/* Datagrams to port 53, answered. */
#include "shim/datagrams/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "shim/datagrams/letting_in.h"
#include "shim/engine/private.h"
#include "shim/lock.h"
#include "shim/names/stub.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/runtime.h"

enum {
    PORT = 53,
    TRIES = 8, /* for one port that is free in both families */
};

/* Under the lock until it is published by `port`; for the life of the process, and its children's. */
static struct {
    int v4, v6; /* private; -1: not to be had */
    union s5a_inet address;
} own = { -1, -1, { 0 } };

bool s5a_resolver_is_for(const struct s5a_config *config, const struct s5a_target *target)
{
    return target->port == PORT && config->dns_mode != S5A_DNS_LOCAL &&
           config->dns_mode != S5A_DNS_DENY;
}

const union s5a_inet *s5a_resolver_address(void)
{
    return &own.address;
}

/* ---- the socket ---- */

static int open_at(union s5a_inet *at)
{
    int one = 1;
    socklen_t len = s5a_inet_len(at);
    int fd = S5A_REAL(socket)(at->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (at->family == AF_INET6)
        (void)S5A_REAL(setsockopt)(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (bind(fd, &at->plain, len) == 0 && S5A_REAL(getsockname)(fd, &at->plain, &len) == 0)
        return s5a_private_move(fd);
    int error = errno;
    S5A_REAL(close)(fd);
    return -error;
}

static bool open_both(void)
{
    union s5a_inet v4 = { .v4 = { .sin_family = AF_INET } };
    union s5a_inet v6 = { .v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT } };
    v4.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    own.v4 = open_at(&v4);
    v6.v6.sin6_port = own.v4 < 0 ? 0 : v4.v4.sin_port;
    own.v6 = open_at(&v6);
    if (own.v6 == -EADDRINUSE && own.v4 >= 0) {
        s5a_private_close(own.v4);
        own.v4 = -1;
        return false;
    }
    own.address = own.v4 >= 0 ? v4 : v6;
    return true;
}

/* Nobody reads what others send there. */
static void open_once(void)
{
    static bool is_opened;
    struct s5a_locked locked;
    s5a_lock(&locked);
    for (int i = 0; i < TRIES && !is_opened; i++)
        is_opened = open_both();
    if (own.v4 >= 0)
        s5a_private_keep(own.v4);
    if (own.v6 >= 0)
        s5a_private_keep(own.v6);
    s5a_unlock(&locked);
}

/* ---- an answer's way ---- */

static bool is_any(const union s5a_inet *address)
{
    if (address->family == AF_INET)
        return address->v4.sin_addr.s_addr == 0;
    return IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr) &&
            memcmp(&address->v6.sin6_addr.s6_addr[12], "\0\0\0\0", 4) == 0);
}

/* Where `fd` can be reached from this machine; binds it as its first datagram would. */
static int local_address(int fd, const struct s5a_association *a, union s5a_inet *out)
{
    union s5a_inet any = { .family = a->domain };
    socklen_t len = sizeof *out;
    memset(out, 0, sizeof *out);
    if (S5A_REAL(getsockname)(fd, &out->plain, &len) == 0 && out->v4.sin_port == 0) {
        (void)bind(fd, &any.plain, s5a_inet_len(&any));
        len = sizeof *out;
        (void)S5A_REAL(getsockname)(fd, &out->plain, &len);
    }
    if (out->v4.sin_port == 0)
        return -ENOBUFS;
    if (!is_any(out))
        return 0;
    if (a->domain == AF_INET)
        out->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else if (own.v4 < 0 || s5a_socket_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) != 0)
        out->v6.sin6_addr = in6addr_loopback;
    else
        inet_pton(AF_INET6, "::ffff:127.0.0.1", &out->v6.sin6_addr);
    return 0;
}

static void unmap(union s5a_inet *address)
{
    union s5a_inet plain;
    if (address->family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr))
        return;
    memset(&plain, 0, sizeof plain);
    plain.v4.sin_family = AF_INET;
    plain.v4.sin_port = address->v6.sin6_port;
    memcpy(&plain.v4.sin_addr, &address->v6.sin6_addr.s6_addr[12], 4);
    *address = plain;
}

/* Where an answer goes, and what stands before it. */
struct bearer {
    int by; /* of `own` */
    union s5a_inet to;
    size_t header_len;
    uint8_t header[S5A_UDP_HEADER_MAX];
};
_Static_assert(sizeof(struct bearer) <= S5A_STUB_CONTEXT_MAX, "an answer may be brought later");

static int find_way(int fd, const struct s5a_association *a, const struct s5a_named_target *named,
                    struct bearer *out)
{
    struct s5a_writer w;
    int failed = local_address(fd, a, &out->to);
    if (failed != 0)
        return failed;
    unmap(&out->to);
    out->by = out->to.family == AF_INET ? own.v4 : own.v6;
    s5a_writer_init(&w, out->header, sizeof out->header);
    s5a_udp_header_encode(&w, &named->target.address, named->target.port);
    out->header_len = s5a_writer_len(&w);
    return 0;
}

static int bring(const struct bearer *bearer, struct s5a_span answer)
{
    uint8_t bytes[S5A_UDP_HEADER_MAX + S5A_DNS_UDP_MOST];
    memcpy(bytes, bearer->header, bearer->header_len);
    memcpy(bytes + bearer->header_len, answer.at, answer.len);
    ssize_t sent =
        S5A_REAL(sendto)(bearer->by, bytes, bearer->header_len + answer.len,
                         MSG_DONTWAIT | MSG_NOSIGNAL, &bearer->to.plain, s5a_inet_len(&bearer->to));
    return sent < 0 ? -errno : 0;
}

static void bring_later(const void *context, struct s5a_span answer)
{
    struct bearer bearer;
    memcpy(&bearer, context, sizeof bearer);
    (void)bring(&bearer, answer);
}

static int answer_now(const struct bearer *bearer, const struct s5a_stub_query *query)
{
    uint8_t answer[S5A_DNS_UDP_MOST];
    size_t len = s5a_stub_answer(s5a_names_of_process(), query, answer, sizeof answer);
    return len > 0 ? bring(bearer, (struct s5a_span){ answer, len }) : 0;
}

int s5a_resolver_ask(int fd, const struct s5a_association *a, const struct s5a_named_target *named,
                     struct s5a_span query)
{
    struct s5a_stub_query asked = { .bytes = query, .server = named->target };
    struct bearer bearer;
    open_once();
    int failed = s5a_let_in_resolver(fd, a);
    if (failed == 0)
        failed = find_way(fd, a, named, &bearer);
    if (failed != 0)
        return failed;
    switch (s5a_stub_look(s5a_names_of_process(), &asked)) {
    case S5A_STUB_SILENT:
        return 0;
    case S5A_STUB_NOW:
        return answer_now(&bearer, &asked);
    default: /* one that gets lost is asked for again */
        (void)!s5a_stub_later(s5a_names_of_process(), &asked, bring_later, &bearer, sizeof bearer);
        return 0;
    }
}

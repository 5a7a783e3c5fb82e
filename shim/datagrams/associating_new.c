/* An association in the making: its beginning. */
#include "shim/datagrams/associating.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "protocol/greeting.h"
#include "shim/datagrams/loopback.h"
#include "shim/engine/private.h"
#include "shim/real.h"

/* Under method 81 datagrams go in the session's records. */
static bool is_in_stream(const struct s5a_proxy *proxy)
{
    return s5a_proxy_eaf_method(proxy) == S5A_METHOD_TOL;
}

/* The relay of an association in stream: in the family that the program's socket is reached by. */
static int open_local(struct s5a_associating *x, const struct s5a_datagram_route *route)
{
    union s5a_inet program;
    if (!is_in_stream(route->proxy))
        return -1;
    int failed = s5a_loopback_reach(x->socket, route->association.domain, &program);
    memset(&x->local_at, 0, sizeof x->local_at);
    x->local_at.family = program.family;
    if (program.family == AF_INET)
        x->local_at.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        x->local_at.v6.sin6_addr = in6addr_loopback;
    return failed != 0 ? failed : s5a_loopback_open(&x->local_at);
}

static void init(struct s5a_associating *x, const struct s5a_datagram_route *route)
{
    struct s5a_socket_kind kind = { AF_INET, SOCK_STREAM, IPPROTO_TCP };
    x->association = route->association;
    x->watched = -1;
    x->ask.request = (struct s5a_request){ .command = S5A_CMD_UDP_ASSOCIATE,
                                           .address = s5a_address_ipv4((const uint8_t[4]){ 0 }),
                                           .options = s5a_udp_options_default() };
    if (is_in_stream(route->proxy)) {
        x->ask.request.command = S5A_CMD_UDP_ASSOCIATE_EXT;
        x->ask.request.options.transport = 1;
        x->ask.request.options.idle =
            UINT16_MAX; /* a socket knows no such end: the server's most */
    }
    x->ask.answers = &x->answers;
    if (s5a_socket_option(x->socket, IPPROTO_IPV6, IPV6_V6ONLY, 0) != 0)
        kind.domain = AF_INET6;
    s5a_attempt_init(&x->attempt, x->own, &kind, route->config, route->proxy);
    s5a_named_copy(&x->attempt.named, &route->named);
    x->attempt.ask = &x->ask;
}

static int open_control(int fd)
{
    int domain = s5a_socket_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) != 0 ? AF_INET6 : AF_INET;
    int own = S5A_REAL(socket)(domain, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return own < 0 ? -errno : s5a_private_move(own);
}

/* Private numbers may have to lift a limit, which takes the lock. */
struct s5a_associating *s5a_associating_new(int fd, const struct s5a_datagram_route *route,
                                            int *failed)
{
    struct s5a_associating *x =
        mmap(NULL, sizeof *x, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *failed = -ENOBUFS;
    if (x == MAP_FAILED)
        return NULL;
    x->socket = s5a_private_copy(fd);
    x->own = open_control(fd);
    x->local = x->socket < 0 ? -1 : open_local(x, route);
    if (x->socket >= 0 && x->own >= 0 && (x->local >= 0 || !is_in_stream(route->proxy))) {
        init(x, route);
        return x;
    }
    *failed = x->socket < 0 ? x->socket : x->own < 0 ? x->own : x->local;
    s5a_private_close(x->socket);
    s5a_private_close(x->own);
    s5a_private_close(x->local);
    munmap(x, sizeof *x);
    return NULL;
}

void s5a_associating_drop(struct s5a_associating *x)
{
    s5a_private_close(x->socket);
    s5a_private_close(x->own);
    s5a_private_close(x->local);
    munmap(x, sizeof *x);
}

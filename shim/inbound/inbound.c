/* Listeners of the program. */
#include "shim/inbound/inbound.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "client/log.h"
#include "shim/programs/vfork.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/runtime.h"
#include "shim/sockets/peers.h"
#include "shim/sockets/sockets.h"

/* ---- what may be ---- */

/* A child of vfork only looks. Without a configuration nobody knows what was wanted. */
static enum s5a_inbound_mode mode(void)
{
    const struct s5a_config *config = s5a_runtime_config_known();
    if (config == NULL && !s5a_in_vfork_child())
        config = s5a_runtime_config();
    return config == NULL ? S5A_INBOUND_DENY : config->inbound_mode;
}

static bool is_loopback(const union s5a_inet *at)
{
    const struct in6_addr *v6 = &at->v6.sin6_addr;
    if (at->family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(v6) || (IN6_IS_ADDR_V4MAPPED(v6) && v6->s6_addr[12] == 127);
    return at->family == AF_INET && ntohl(at->v4.sin_addr.s_addr) >> 24 == 127;
}

static bool is_permitted(enum s5a_inbound_mode mode, const union s5a_inet *own)
{
    return mode == S5A_INBOUND_ALLOW || (mode == S5A_INBOUND_LOCAL && is_loopback(own));
}

/* The local address of a socket that is reached by IPv4 or IPv6. */
static bool find_own(int fd, union s5a_inet *own)
{
    int saved = errno;
    socklen_t len = sizeof *own;
    memset(own, 0, sizeof *own);
    bool is_found = S5A_REAL(getsockname)(fd, &own->plain, &len) == 0 &&
                    (own->family == AF_INET || own->family == AF_INET6);
    errno = saved;
    return is_found;
}

static void tell(const union s5a_inet *own, const char *what)
{
    char text[INET6_ADDRSTRLEN] = "";
    const void *address = own->family == AF_INET6 ? (const void *)&own->v6.sin6_addr
                                                  : (const void *)&own->v4.sin_addr;
    if (!s5a_log_wanted(S5A_LOG_INFO))
        return;
    inet_ntop(own->family, address, text, sizeof text);
    s5a_log(S5A_LOG_INFO, "%s port %u: %s", text, ntohs(own->v4.sin_port), what);
}

/* ---- calls ---- */

static bool is_judged(int fd, union s5a_inet *own)
{
    return find_own(fd, own) && s5a_socket_option(fd, SOL_SOCKET, SO_TYPE, 0) != SOCK_DGRAM;
}

int s5a_listen(int fd, int backlog)
{
    union s5a_inet own;
    if (is_judged(fd, &own) && !is_permitted(mode(), &own)) {
        tell(&own, "listening denied ([inbound])");
        return -EACCES;
    }
    return (int)s5a_from_libc(S5A_REAL(listen)(fd, backlog));
}

static int turn_away(int fd, const union s5a_inet *own)
{
    const struct linger now = { 1, 0 };
    (void)S5A_REAL(setsockopt)(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    S5A_REAL(close)(fd);
    tell(own, "a connection turned away ([inbound])");
    return -ECONNABORTED;
}

int s5a_accept(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
    union s5a_inet own;
    const struct s5a_config *known = s5a_runtime_config_known();
    int come = (int)s5a_from_libc(S5A_REAL(accept4)(fd, address, len, flags));
    if (come < 0 || (known != NULL && known->inbound_mode == S5A_INBOUND_ALLOW))
        return come;
    if (!find_own(come, &own) || is_permitted(mode(), &own))
        return come;
    return turn_away(come, &own);
}

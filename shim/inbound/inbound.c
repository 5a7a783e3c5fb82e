/* Listeners of the program. */
#include "shim/inbound/inbound.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>

#include "client/log.h"
#include "shim/inbound/accepting.h"
#include "shim/inbound/listening.h"
#include "shim/lock.h"
#include "shim/programs/vfork.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/runtime.h"
#include "shim/sockets/peers.h"
#include "shim/sockets/sockets.h"
#include "shim/sockets/target.h"

/* ---- what may be ---- */

/* A child of vfork only looks. Without a configuration nobody knows what was wanted. */
static enum s5a_inbound_mode mode(void)
{
    const struct s5a_config *config = s5a_runtime_config_known();
    if (config == NULL && !s5a_in_vfork_child())
        config = s5a_runtime_config();
    return config == NULL ? S5A_INBOUND_DENY : config->inbound_mode;
}

/* On this machine. */
static bool is_permitted(enum s5a_inbound_mode mode, const union s5a_inet *own)
{
    return mode == S5A_INBOUND_ALLOW || (mode != S5A_INBOUND_DENY && s5a_inet_is_loopback(own));
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

/* Not one that listens already, which somebody else has made. */
static bool is_for_proxy(enum s5a_inbound_mode mode, int fd, const union s5a_inet *own)
{
    return mode == S5A_INBOUND_BIND && !s5a_inet_is_loopback(own) &&
           s5a_tcp_state(fd) == TCP_CLOSE && !s5a_lock_is_mine() && !s5a_in_vfork_child();
}

int s5a_listen(int fd, int backlog)
{
    union s5a_inet own;
    enum s5a_inbound_mode judged = is_judged(fd, &own) ? mode() : S5A_INBOUND_ALLOW;
    if (is_for_proxy(judged, fd, &own))
        return s5a_bound_listen(fd, backlog, s5a_runtime_config());
    if (!is_permitted(judged, &own)) {
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

/* The very call that the program has made, which a filter of its own (seccomp) may know alone. */
static int accept_here(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
    return (int)s5a_from_libc(flags == 0 ? S5A_REAL(accept)(fd, address, len)
                                         : S5A_REAL(accept4)(fd, address, len, flags));
}

int s5a_accept(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
    union s5a_inet own;
    struct s5a_peer listener;
    if (s5a_bound_is_listener(fd, &listener))
        return s5a_bound_accept(fd, &listener, address, len, flags);
    const struct s5a_config *known = s5a_runtime_config_known();
    int come = accept_here(fd, address, len, flags);
    if (come < 0 || (known != NULL && known->inbound_mode == S5A_INBOUND_ALLOW))
        return come;
    if (!find_own(come, &own) || is_permitted(mode(), &own))
        return come;
    return turn_away(come, &own);
}

int s5a_bind(int fd, const struct sockaddr *address, socklen_t len)
{
    int failed = (int)s5a_from_libc(S5A_REAL(bind)(fd, address, len));
    if (failed != -EADDRNOTAVAIL || !s5a_is_inet(address, len) || s5a_tcp_state(fd) != TCP_CLOSE ||
        mode() != S5A_INBOUND_BIND)
        return failed;
    union s5a_inet any = { .family = address->sa_family };
    memcpy(&any.v4.sin_port, (const char *)address + offsetof(struct sockaddr_in, sin_port),
           sizeof any.v4.sin_port); /* at the same place in both families */
    return (int)s5a_from_libc(S5A_REAL(bind)(fd, &any.plain, s5a_inet_len(&any)));
}

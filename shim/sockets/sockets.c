/* What kind of socket a descriptor is, and which kinds a program may have. */
#include "shim/sockets/sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <unistd.h>

#include "client/log.h"
#include "shim/real.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

enum { TYPE_MASK = 0xf }; /* the rest of socket()'s type are SOCK_NONBLOCK and SOCK_CLOEXEC */

int s5a_socket_option(int fd, int level, int name, int otherwise)
{
    int value = otherwise;
    socklen_t len = sizeof value;
    return S5A_REAL(getsockopt)(fd, level, name, &value, &len) == 0 ? value : otherwise;
}

/* The state is the first byte of TCP_INFO, which only TCP has. */
int s5a_tcp_state(int fd)
{
    int saved = errno;
    uint8_t state;
    socklen_t len = sizeof state;
    bool is_tcp = S5A_REAL(getsockopt)(fd, IPPROTO_TCP, TCP_INFO, &state, &len) == 0;
    int result = is_tcp ? state : -errno;
    errno = saved;
    return result;
}

bool s5a_socket_kind(int fd, struct s5a_socket_kind *out)
{
    int saved = errno;
    out->domain = s5a_socket_option(fd, SOL_SOCKET, SO_DOMAIN, -1);
    out->type = s5a_socket_option(fd, SOL_SOCKET, SO_TYPE, -1);
    out->protocol = s5a_socket_option(fd, SOL_SOCKET, SO_PROTOCOL, -1);
    errno = saved;
    return out->domain >= 0;
}

bool s5a_is_of_friend(int fd)
{
    struct ucred other = { .uid = (uid_t)-1 };
    socklen_t len = sizeof other;
    return S5A_REAL(getsockopt)(fd, SOL_SOCKET, SO_PEERCRED, &other, &len) == 0 &&
           (other.uid == geteuid() || other.uid == getuid() || other.uid == 0);
}

static bool is_internet(int domain)
{
    return domain == AF_INET || domain == AF_INET6;
}

bool s5a_is_stream(const struct s5a_socket_kind *kind)
{
    return is_internet(kind->domain) && kind->type == SOCK_STREAM &&
           (kind->protocol == IPPROTO_TCP || kind->protocol == IPPROTO_MPTCP);
}

bool s5a_is_datagram(const struct s5a_socket_kind *kind)
{
    return is_internet(kind->domain) && kind->type == SOCK_DGRAM &&
           (kind->protocol == IPPROTO_UDP || kind->protocol == IPPROTO_UDPLITE);
}

static int internet_permitted(int type, int protocol)
{
    if (type == SOCK_STREAM &&
        (protocol == 0 || protocol == IPPROTO_TCP || protocol == IPPROTO_MPTCP))
        return 0;
    if (type == SOCK_DGRAM &&
        (protocol == 0 || protocol == IPPROTO_UDP || protocol == IPPROTO_UDPLITE))
        return 0;
    return type == SOCK_RAW || type == SOCK_DGRAM ? -EPERM : -EPROTONOSUPPORT;
}

int s5a_socket_permitted(int domain, int type, int protocol)
{
    int refusal = 0;
    if (is_internet(domain))
        refusal = internet_permitted(type & TYPE_MASK, protocol);
    else if (domain == AF_PACKET)
        refusal = -EPERM;
    else if (domain != AF_UNIX && domain != AF_NETLINK && domain != AF_ALG && domain != AF_KEY)
        refusal = -EAFNOSUPPORT;
    if (refusal != 0)
        s5a_log(S5A_LOG_INFO,
                "socket of domain %d, type %d, protocol %d denied: it would bypass "
                "the proxy",
                domain, type & TYPE_MASK, protocol);
    return refusal;
}

/* Both ends of a connection over loopback, made by one thread. */
#include "shim/sockets/joined.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>

#include "client/clock.h"
#include "shim/engine/private.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/sockets/attempt.h"
#include "shim/sockets/facade.h"
#include "shim/sockets/inet.h"
#include "shim/sockets/io_real.h"
#include "shim/sockets/sockets.h"

enum { PATIENCE_MS = 2000 }; /* loopback answers at once */

static int listen_at(union s5a_inet *at)
{
    socklen_t len = s5a_inet_len(at);
    int fd = S5A_REAL(socket)(at->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    if (fd < 0)
        return -errno;
    if (S5A_REAL(bind)(fd, &at->plain, len) == 0 && S5A_REAL(listen)(fd, SOMAXCONN) == 0 &&
        S5A_REAL(getsockname)(fd, &at->plain, &len) == 0)
        return s5a_private_move(fd);
    int error = errno;
    S5A_REAL(close)(fd);
    return -error;
}

/* ---- who has come ---- */

static bool is_from(const union s5a_inet *peer, int fd, sa_family_t domain)
{
    union s5a_inet own = { 0 }, known;
    socklen_t len = sizeof own;
    (void)s5a_inet_in_family(&known, domain, peer);
    return S5A_REAL(getsockname)(fd, &own.plain, &len) == 0 && s5a_inet_equal(&known, &own);
}

static bool is_passing(int error)
{
    return error == EAGAIN || error == EINTR || error == ECONNABORTED;
}

/* Strangers that have found the port meanwhile are closed. */
static int accept_from(int listener, int fd, sa_family_t domain)
{
    uint64_t deadline = s5a_now() + PATIENCE_MS;
    struct pollfd one = { .fd = listener, .events = POLLIN };
    while (s5a_io_real()->poll(&one, 1, s5a_left(deadline, s5a_now())) > 0) {
        union s5a_inet peer = { 0 };
        socklen_t len = sizeof peer;
        int come = S5A_REAL(accept4)(listener, &peer.plain, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (come >= 0 && is_from(&peer, fd, domain))
            return s5a_private_move(come);
        if (come >= 0)
            S5A_REAL(close)(come);
        else if (!is_passing(errno))
            return -errno;
    }
    return -ETIMEDOUT;
}

/* ---- the connection ---- */

static int connect_to(int fd, const union s5a_inet *to)
{
    return (int)s5a_from_libc(S5A_REAL(connect)(fd, &to->plain, s5a_inet_len(to)));
}

/* Where loopback is shut, nothing would end the connect() of a socket that blocks. */
static int join_hastily(int listener, int fd, sa_family_t domain, const union s5a_inet *to)
{
    int result = connect_to(fd, to);
    if (result != 0 && result != -EINPROGRESS)
        return result;
    int end = accept_from(listener, fd, domain);
    if (end < 0)
        s5a_dissolve(fd);
    return end;
}

static int join_by(int listener, int fd, sa_family_t domain, const union s5a_inet *to, int *result)
{
    int flags = S5A_REAL(fcntl)(fd, F_GETFL);
    bool is_blocking = (flags & O_NONBLOCK) == 0;
    if (is_blocking)
        (void)S5A_REAL(fcntl)(fd, F_SETFL, flags | O_NONBLOCK);
    int end = join_hastily(listener, fd, domain, to);
    *result = -EINPROGRESS;
    if (is_blocking)
        (void)S5A_REAL(fcntl)(fd, F_SETFL, flags);
    if (is_blocking && end >= 0)
        *result = connect_to(fd, to); /* has been connected: the kernel says so once */
    return end;
}

/* Over loopback of the family. */
static int join(int fd, sa_family_t domain, sa_family_t family, int *result)
{
    union s5a_inet at, to;
    s5a_inet_loopback(&at, family);
    int listener = listen_at(&at);
    if (listener < 0)
        return listener;
    (void)s5a_inet_in_family(&to, domain, &at);
    int end = join_by(listener, fd, domain, &to, result);
    s5a_private_close(listener);
    return end;
}

/* Its SYN must not wait for the first bytes, nor leave by another device. */
static bool prepare(int fd)
{
    int off = 0;
    if (s5a_facade_fast_open() && s5a_socket_option(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 0) != 0)
        (void)S5A_REAL(setsockopt)(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &off, sizeof off);
    return s5a_socket_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX, 0) == 0;
}

int s5a_joined_connect(int fd, sa_family_t domain, bool is_mapped, int *result)
{
    bool is_v4_first = domain == AF_INET || is_mapped;
    if (!prepare(fd))
        return -ENETUNREACH;
    int end = join(fd, domain, is_v4_first ? AF_INET : AF_INET6, result);
    if (end < 0 && domain == AF_INET6)
        end = join(fd, domain, is_v4_first ? AF_INET6 : AF_INET, result);
    return end;
}

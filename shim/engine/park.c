/* A refusal by ourselves: nothing but the kernel can put an error into a socket, and it does so
 * where a loopback port refuses. A socket that is bound and does not listen keeps that port from
 * being anybody's. */
#include "shim/engine/park.h"

#include <errno.h>
#include <poll.h>

#include "shim/real.h"
#include "shim/sockets/inet.h"
#include "shim/sockets/sockets.h"

/* A socket of our own on a loopback port; where `fd` can reach it in `*at`. -1: there is no such
 * loopback. */
static int open_guard(int fd, bool is_mapped, union s5a_inet *at)
{
    sa_family_t domain = (sa_family_t)s5a_socket_option(fd, SOL_SOCKET, SO_DOMAIN, AF_INET);
    union s5a_inet own;
    s5a_inet_loopback(&own, is_mapped ? AF_INET : domain);
    socklen_t len = s5a_inet_len(&own);
    int guard = S5A_REAL(socket)(own.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (guard >= 0 && (S5A_REAL(bind)(guard, &own.plain, len) != 0 ||
                       S5A_REAL(getsockname)(guard, &own.plain, &len) != 0)) {
        S5A_REAL(close)(guard);
        guard = -1;
    }
    (void)s5a_inet_in_family(at, domain, &own);
    return guard;
}

/* The refusal has come by the time that connect() returns: loopback delivers at once. */
static bool shows_failure(int fd)
{
    struct pollfd one = { .fd = fd };
    return poll(&one, 1, 0) == 1 && (one.revents & POLLERR) != 0;
}

void s5a_park_reset(int fd, bool is_mapped)
{
    struct sockaddr nobody = { .sa_family = AF_UNSPEC };
    union s5a_inet at;
    int guard = shows_failure(fd) ? -1 : open_guard(fd, is_mapped, &at);
    if (guard < 0)
        return;
    if (S5A_REAL(listen)(guard, 1) == 0) { /* connected, and broken off */
        (void)S5A_REAL(connect)(fd, &at.plain, s5a_inet_len(&at));
        (void)S5A_REAL(connect)(fd, &nobody, sizeof nobody);
    }
    S5A_REAL(close)(guard);
}

bool s5a_park(int fd, bool is_mapped)
{
    union s5a_inet at;
    int guard = open_guard(fd, is_mapped, &at);
    if (guard < 0)
        return false;
    bool is_parked = S5A_REAL(connect)(fd, &at.plain, s5a_inet_len(&at)) != 0 &&
                     errno == EINPROGRESS && shows_failure(fd);
    if (!is_parked) {
        struct sockaddr nobody = { .sa_family = AF_UNSPEC };
        (void)S5A_REAL(connect)(fd, &nobody, sizeof nobody);
        (void)s5a_socket_option(fd, SOL_SOCKET, SO_ERROR, 0);
    }
    S5A_REAL(close)(guard);
    return is_parked;
}

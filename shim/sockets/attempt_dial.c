/* Connecting a socket of an attempt to one address of the proxy. */
#include "shim/sockets/attempt_dial.h"

#include <errno.h>
#include <string.h>

#include "shim/engine/private.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/sockets/peers.h"
#include "shim/sockets/standin.h"

enum { BRIEF_MS = 4 }; /* what a near proxy needs to be connected */

/* The kernel's way to make a socket as if it had never been connected. It leaves ECONNRESET behind,
 * which the next call of the program would find; SO_ERROR takes it away. */
void s5a_dissolve(int fd)
{
    struct sockaddr nobody = { .sa_family = AF_UNSPEC };
    (void)S5A_REAL(connect)(fd, &nobody, sizeof nobody);
    (void)s5a_socket_option(fd, SOL_SOCKET, SO_ERROR, 0);
}

void s5a_attempt_close_standin(struct s5a_attempt *a)
{
    s5a_private_close(a->standin);
    a->standin = -1;
}

void s5a_attempt_disconnect(struct s5a_attempt *a)
{
    if (a->standin >= 0)
        s5a_attempt_close_standin(a);
    else
        s5a_dissolve(a->own);
}

static const struct s5a_sockaddr *address(const struct s5a_attempt *a)
{
    return &a->where.list[a->next];
}

/* Connected to the proxy, and to no target that we know: a handler has longjmped out of a connect()
 * before, or its thread was cancelled, in the middle of the session. */
static bool is_abandoned(int fd, const struct s5a_sockaddr *proxy)
{
    struct s5a_peer peer;
    struct sockaddr_storage at;
    socklen_t len = sizeof at;
    return !s5a_peers_find(fd, &peer) &&
           S5A_REAL(getpeername)(fd, (struct sockaddr *)&at, &len) == 0 && len == proxy->len &&
           memcmp(&at, &proxy->at, len) == 0;
}

static int connect_real(int fd, const struct s5a_sockaddr *to)
{
    return (int)s5a_from_libc(S5A_REAL(connect)(fd, (const struct sockaddr *)&to->at, to->len));
}

static bool is_briefer(struct timeval at, struct timeval than)
{
    return (at.tv_sec != 0 || at.tv_usec != 0) &&
           (at.tv_sec < than.tv_sec || (at.tv_sec == than.tv_sec && at.tv_usec <= than.tv_usec));
}

/* SO_SNDTIMEO bounds a blocking connect(), and a non-blocking one ignores it: so the flags need no
 * change under other threads. */
static int connect_patiently(const struct s5a_attempt *a, const struct s5a_sockaddr *to)
{
    static const struct timeval brief = { 0, BRIEF_MS * 1000 };
    if (is_briefer(a->send_timeout, brief))
        return connect_real(a->own, to);
    S5A_REAL(setsockopt)(a->own, SOL_SOCKET, SO_SNDTIMEO, &brief, sizeof brief);
    int failed = connect_real(a->own, to);
    S5A_REAL(setsockopt)(a->own, SOL_SOCKET, SO_SNDTIMEO, &a->send_timeout, sizeof a->send_timeout);
    return failed;
}

static int dial_own(struct s5a_attempt *a, const struct s5a_sockaddr *to)
{
    int failed = a->is_patient ? connect_patiently(a, to) : connect_real(a->own, to);
    if (failed != -EISCONN || !is_abandoned(a->own, to))
        return failed;
    s5a_dissolve(a->own);
    return connect_real(a->own, to);
}

/* What connect() takes for granted to save a system call is looked at here, where it matters. */
static int open_standin(struct s5a_attempt *a)
{
    struct s5a_peer peer;
    int domain = s5a_socket_option(a->own, SOL_SOCKET, SO_DOMAIN, -1);
    if (s5a_peers_find(a->own, &peer) && peer.kind == S5A_PEER_STREAM)
        return -EISCONN;
    if (domain != a->kind.domain)
        return domain == AF_INET6 ? -EINVAL : -EAFNOSUPPORT; /* as the kernel */
    a->standin = s5a_standin_open(address(a));
    return a->standin < 0 ? a->standin : 0;
}

int s5a_attempt_dial(struct s5a_attempt *a)
{
    struct s5a_sockaddr reachable;
    a->dials++;
    bool is_unix = a->kind.domain == AF_UNIX; /* the kernel dissolves no such connection */
    if (a->standin < 0 && !is_unix && s5a_reaches(a->own, &a->kind, address(a), &reachable))
        return dial_own(a, &reachable);
    int failed = a->standin < 0 ? open_standin(a) : 0;
    return failed != 0 ? failed : connect_real(a->standin, address(a));
}

/* Asking a blocking connect() itself for the outcome leaves the socket as such a call does; SO_ERROR
 * leaves it as after EINPROGRESS, when another connect() is told of success once. */
int s5a_attempt_outcome(struct s5a_attempt *a)
{
    struct s5a_sockaddr to = *address(a);
    if (!a->is_patient)
        return -s5a_socket_option(s5a_attempt_socket(a), SOL_SOCKET, SO_ERROR, EBADF);
    if (a->standin < 0 && !s5a_reaches(a->own, &a->kind, address(a), &to))
        return -EADDRNOTAVAIL;
    int failed = connect_real(s5a_attempt_socket(a), &to);
    a->is_told = true;
    return failed == -EISCONN ? 0 : failed == -EALREADY ? -EINPROGRESS : failed;
}

/* Gates. */
#include "shim/engine/gate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "shim/real.h"
#include "shim/sockets/descriptors.h"

/* The kernel's smallest send buffer, full after a page or two: in one send, since what a stream
 * does not take whole would block. */
static int fill(struct s5a_gate *gate)
{
    static const char filler[16384];
    int least = 1;
    (void)S5A_REAL(setsockopt)(gate->outer, SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
    for (;;) {
        ssize_t sent =
            S5A_REAL(send)(gate->outer, filler, sizeof filler, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN ? 0 : -errno;
        gate->filler += (size_t)sent;
        if ((size_t)sent < sizeof filler)
            return 0;
    }
}

int s5a_gate_make(struct s5a_gate *gate)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        return -errno;
    *gate = (struct s5a_gate){ .outer = ends[0], .inner = ends[1] };
    gate->cookie = s5a_socket_cookie(gate->outer);
    int failed = gate->cookie == 0 ? -ENOPROTOOPT : fill(gate);
    if (failed != 0) {
        S5A_REAL(close)(gate->outer);
        S5A_REAL(close)(gate->inner);
    }
    return failed;
}

void s5a_gate_open(int inner, size_t *filler)
{
    char bytes[4608];
    while (*filler > 0) {
        size_t want = *filler < sizeof bytes ? *filler : sizeof bytes;
        ssize_t got = recv(inner, bytes, want, MSG_DONTWAIT);
        if (got <= 0)
            return;
        *filler -= (size_t)got;
    }
}

/* Abstract names are one to a network namespace, so the cookie makes it one of its kind. */
#define NAME_HEAD "socks5a/failed/"

void s5a_gate_name_error(int inner, int error)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    int len = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, NAME_HEAD "%d/%llx", error,
                       (unsigned long long)s5a_socket_cookie(inner));
    (void)bind(inner, (struct sockaddr *)&name,
               (socklen_t)(sizeof name.sun_family + 1 + (size_t)len));
}

int s5a_gate_told_error(int outer)
{
    struct sockaddr_un name = { .sun_family = AF_UNSPEC };
    socklen_t len = sizeof name;
    if (S5A_REAL(getpeername)(outer, (struct sockaddr *)&name, &len) != 0 ||
        name.sun_family != AF_UNIX || len <= sizeof name.sun_family + sizeof NAME_HEAD ||
        memcmp(name.sun_path + 1, NAME_HEAD, sizeof NAME_HEAD - 1) != 0)
        return 0;
    return atoi(name.sun_path + sizeof NAME_HEAD);
}

/* Gates. */
#include "shim/engine/gate.h"

#include <errno.h>
#include <sys/socket.h>

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

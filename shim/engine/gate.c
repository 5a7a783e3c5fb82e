/* Gates. */
#include "shim/engine/gate.h"

#include <errno.h>

#include "shim/real.h"
#include "shim/sockets/descriptors.h"

enum { LARGE = 1024, SMALL = 1 };

/* The kernel's smallest send buffer, full after a large message and some small ones behind it: what is
 * left of them while it is opened keeps it shut, or is no burden, as s5a_carry_begin says. */
static int fill(struct s5a_gate *gate)
{
    static const char filler[LARGE];
    int least = 1;
    (void)S5A_REAL(setsockopt)(gate->outer, SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
    for (size_t len = LARGE;; len = SMALL) {
        ssize_t sent = S5A_REAL(send)(gate->outer, filler, len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN ? 0 : -errno;
        gate->filler += (size_t)sent;
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
        ssize_t got = S5A_REAL(recv)(inner, bytes, want, MSG_DONTWAIT);
        if (got <= 0)
            return;
        *filler -= (size_t)got;
    }
}

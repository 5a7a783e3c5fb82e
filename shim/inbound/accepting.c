/* accept() of a program whose listeners are at a proxy. */
#include "shim/inbound/accepting.h"

#include <arpa/inet.h>
#include <errno.h>

#include "shim/engine/pending.h"
#include "shim/inbound/handing.h"
#include "shim/real.h"
#include "shim/sockets/answer.h"
#include "shim/sockets/facade.h"
#include "shim/sockets/sockets.h"

bool s5a_bound_is_listener(int fd, struct s5a_peer *listener)
{
    return s5a_peers_any(S5A_PEER_LISTENER) && s5a_peers_find(fd, listener) &&
           listener->kind == S5A_PEER_LISTENER;
}

/* ---- what has come ---- */

/* Under the number that the kernel has given to the connection by which it came. */
static int take_number(int come, int fd, int flags)
{
    int status = S5A_REAL(fcntl)(fd, F_GETFL);
    int wanted = (flags & SOCK_NONBLOCK) != 0 ? status | O_NONBLOCK : status & ~O_NONBLOCK;
    (void)S5A_REAL(fcntl)(fd, F_SETFL, wanted);
    int put = S5A_REAL(dup3)(fd, come, (flags & SOCK_CLOEXEC) != 0 ? O_CLOEXEC : 0);
    int failed = put < 0 ? -errno : 0;
    S5A_REAL(close)(fd);
    return failed;
}

/* Options that the program has set on its listener go over to what it accepts. */
static void inherit(int fd, const struct s5a_peer *listener)
{
    for (size_t i = 0; i < S5A_FACADE_OPTIONS; i++) {
        const struct s5a_remembered *set = &listener->options[i];
        if (set->level != 0)
            (void)S5A_REAL(setsockopt)(fd, set->level, set->name, &set->value, sizeof set->value);
    }
}

/* A pair in the place of a connection tells itself what it stands for; what is of another family than the
 * program's gets a facade. */
static void know(int fd, const struct s5a_peer *listener, const struct s5a_handed *handed)
{
    struct s5a_peer peer = { .kind = S5A_PEER_STREAM,
                             .address = handed->peer,
                             .local = handed->local,
                             .port = ntohs(handed->local.v4.sin_port) };
    s5a_pending_mark(fd, handed->is_pair);
    if (handed->is_pair)
        return;
    if (s5a_socket_option(fd, SOL_SOCKET, SO_DOMAIN, AF_UNIX) != listener->facade)
        peer.facade = listener->facade;
    (void)s5a_peers_put(fd, &peer);
    inherit(fd, listener);
}

/* 0, or -errno where that was no connection from the proxy; `come` is the caller's to close then. */
static int receive(int come, const struct s5a_peer *listener, struct s5a_handed *handed, int flags)
{
    int fd = s5a_handing_take(come, handed);
    int failed = fd < 0 ? fd : take_number(come, fd, flags);
    if (failed == 0)
        know(come, listener, handed);
    return failed;
}

/* ---- the call ---- */

int s5a_bound_accept(int fd, const struct s5a_peer *listener, struct sockaddr *address,
                     socklen_t *len, int flags)
{
    struct s5a_handed handed;
    int come;
    if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0)
        return -EINVAL;
    for (;;) {
        come = S5A_REAL(accept4)(fd, NULL, NULL, SOCK_CLOEXEC);
        if (come < 0)
            return -errno;
        if (receive(come, listener, &handed, flags) == 0)
            break;
        S5A_REAL(close)(come);
    }
    int failed = address == NULL
                     ? 0
                     : s5a_answer(&handed.peer, s5a_inet_len(&handed.peer), address, len, false);
    if (failed != 0)
        S5A_REAL(close)(come);
    return failed != 0 ? failed : come;
}

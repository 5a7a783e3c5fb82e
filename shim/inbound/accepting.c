/* accept() of a program whose listeners are at a proxy. */
#include "shim/inbound/accepting.h"

#include <arpa/inet.h>
#include <errno.h>

#include "shim/engine/pending.h"
#include "shim/engine/private.h"
#include "shim/inbound/handing.h"
#include "shim/lock.h"
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

static void take_flags(int fd, int flags)
{
    int status = S5A_REAL(fcntl)(fd, F_GETFL);
    int wanted = (flags & SOCK_NONBLOCK) != 0 ? status | O_NONBLOCK : status & ~O_NONBLOCK;
    (void)S5A_REAL(fcntl)(fd, F_SETFL, wanted);
    (void)S5A_REAL(fcntl)(fd, F_SETFD, (flags & SOCK_CLOEXEC) != 0 ? FD_CLOEXEC : 0);
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

/* Out of the way, so that what comes gets the number that the kernel has given to it: there may be no other. It is
 * shut down, since a fork may have copied it. */
static int take_by(int come, struct s5a_handed *handed)
{
    int way = s5a_private_move(come);
    if (way < 0)
        return -EMFILE;
    int fd = s5a_handing_take(way, handed);
    (void)S5A_REAL(shutdown)(way, SHUT_RDWR);
    s5a_private_close(way);
    return fd;
}

/* The descriptor, or -errno: -EMFILE; else that was no connection from the proxy. Neither a handler nor a
 * cancellation gets in between. */
static int receive(int come, const struct s5a_peer *listener, struct s5a_handed *handed, int flags)
{
    struct s5a_locked shield;
    s5a_shield(&shield);
    int fd = take_by(come, handed);
    if (fd >= 0) {
        take_flags(fd, flags);
        know(fd, listener, handed);
    }
    s5a_unshield(&shield);
    return fd;
}

/* ---- the call ---- */

int s5a_bound_accept(int fd, const struct s5a_peer *listener, struct sockaddr *address,
                     socklen_t *len, int flags)
{
    struct s5a_handed handed;
    int got;
    if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0)
        return -EINVAL;
    do {
        int come = S5A_REAL(accept4)(fd, NULL, NULL, SOCK_CLOEXEC);
        if (come < 0)
            return -errno;
        got = receive(come, listener, &handed, flags);
    } while (got < 0 && got != -EMFILE);
    if (got < 0 || address == NULL)
        return got;
    int failed = s5a_answer(&handed.peer, s5a_inet_len(&handed.peer), address, len, false);
    if (failed != 0)
        S5A_REAL(close)(got);
    return failed != 0 ? failed : got;
}

/* connect() of UDP sockets. */
#include "shim/datagrams/route.h"

#include <errno.h>
#include <string.h>

#include "shim/datagrams/associating.h"
#include "shim/datagrams/letting_in.h"
#include "shim/real.h"
#include "shim/sockets/direct.h"

/* As after a connect(): a port of its own, the one that it had; and no peer in the kernel. */
static int stay_unconnected(int fd, const struct s5a_socket_kind *kind)
{
    struct sockaddr nobody = { .sa_family = AF_UNSPEC };
    union s5a_inet any = { .family = (sa_family_t)kind->domain };
    union s5a_inet own, peer;
    socklen_t len = sizeof own, peer_len = sizeof peer;
    memset(&own, 0, sizeof own);
    if (S5A_REAL(getsockname)(fd, &own.plain, &len) != 0)
        return -errno;
    any.v4.sin_port = own.v4.sin_port;
    bool is_connected = S5A_REAL(getpeername)(fd, &peer.plain, &peer_len) == 0;
    if (is_connected && S5A_REAL(connect)(fd, &nobody, sizeof nobody) != 0)
        return -errno;
    if (is_connected || own.v4.sin_port == 0)
        (void)S5A_REAL(bind)(fd, &any.plain, s5a_inet_len(&any)); /* EINVAL: it has kept its port */
    return 0;
}

/* The address that the kernel would give a socket connected to the target; family 0: none. A UDP
 * connect sends nothing. */
static union s5a_inet local_address(const struct s5a_socket_kind *kind,
                                    const struct s5a_named_target *named)
{
    union s5a_inet local;
    socklen_t len = sizeof local;
    int fd = S5A_REAL(socket)(kind->domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    memset(&local, 0, sizeof local);
    if (fd < 0)
        return local;
    if (S5A_REAL(connect)(fd, &named->as_given.plain, s5a_inet_len(&named->as_given)) != 0 ||
        S5A_REAL(getsockname)(fd, &local.plain, &len) != 0)
        local.family = 0;
    S5A_REAL(close)(fd);
    return local;
}

/* What changes with a connect(), in the slot and in the kernel. */
static int note(int fd, const struct s5a_association *known, const struct s5a_association *wanted)
{
    struct s5a_locked locked;
    struct s5a_association *own = s5a_association_begin(known, &locked);
    if (own == NULL)
        return -EBADF;
    own->is_connected = wanted->is_connected;
    own->is_direct = wanted->is_direct;
    own->peer = wanted->peer;
    own->peer_real = wanted->peer_real;
    own->local = wanted->local;
    if (own->is_engaged || own->is_connected)
        (void)s5a_let_in(fd, own);
    s5a_association_end(own, &locked);
    return 0;
}

static int connect_directly(int fd, const struct s5a_socket_kind *kind,
                            const struct s5a_named_target *named)
{
    struct s5a_association a;
    int failed = s5a_direct_connect(fd, kind, named);
    if (failed != 0)
        return failed;
    s5a_peers_drop(fd);
    if (s5a_association_find(fd, &a))
        (void)note(fd, &a, &(struct s5a_association){ .is_direct = true });
    return 0;
}

int s5a_datagram_connect(int fd, const struct s5a_socket_kind *kind,
                         const struct s5a_config *config, const struct s5a_named_target *named)
{
    struct s5a_association a, wanted = { .is_connected = true };
    struct s5a_peer peer = { .kind = S5A_PEER_DATAGRAM };
    struct s5a_named_target known;
    if (kind->domain == AF_INET && named->as_given.family == AF_INET6)
        return -EAFNOSUPPORT;
    if (s5a_datagram_is_direct(config, &named->target))
        return connect_directly(fd, kind, named);
    s5a_named_copy(&known, named);
    s5a_named_keep_in_family(&known, (sa_family_t)kind->domain);
    wanted.peer = peer.address = known.as_given;
    wanted.local = local_address(kind, &known);
    wanted.peer_real = s5a_address_canonical(&named->target.address);
    wanted.peer_real.text = (struct s5a_span){ NULL, 0 };
    int failed = stay_unconnected(fd, kind);
    if (failed == 0 && (!s5a_association_take(fd, kind, &a) || !s5a_peers_put(fd, &peer)))
        failed = -ENOBUFS;
    return failed != 0 ? failed : note(fd, &a, &wanted);
}

/* The kernel has taken its port away, by which relays know the socket: the next datagram makes another
 * association. */
static void lose_port(int fd, const struct s5a_association *a)
{
    struct s5a_locked locked;
    union s5a_inet at;
    socklen_t len = sizeof at;
    memset(&at, 0, sizeof at);
    if (S5A_REAL(getsockname)(fd, &at.plain, &len) != 0 || at.v4.sin_port != 0)
        return;
    struct s5a_association *own = s5a_association_begin(a, &locked);
    if (own == NULL)
        return;
    s5a_associating_undo(own);
    if (own->state == S5A_ASSOCIATION_STANDING)
        own->state = S5A_ASSOCIATION_NONE;
    s5a_association_end(own, &locked);
}

void s5a_datagram_disconnected(int fd)
{
    struct s5a_association a;
    if (!s5a_association_find(fd, &a))
        return;
    (void)note(fd, &a, &(struct s5a_association){ 0 });
    if (a.state == S5A_ASSOCIATION_STANDING)
        lose_port(fd, &a);
}

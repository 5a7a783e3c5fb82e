/* Errors behind a sending call. */
#include "shim/datagrams/telling.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "shim/datagrams/loopback.h"
#include "shim/engine/private.h"
#include "shim/programs/vfork.h"
#include "shim/real.h"

enum { WAIT_MS = 20 }; /* at most, for what the kernel does at once unless it is busy */

/* ---- a port that nobody has ---- */

struct hole {
    int fd; /* private: has it, and takes nothing from anybody: it is connected to itself */
    union s5a_inet at;
};

static bool dig(sa_family_t family, struct hole *out)
{
    s5a_inet_loopback(&out->at, family);
    out->fd = s5a_loopback_open(&out->at);
    if (out->fd < 0)
        return false;
    if (S5A_REAL(connect)(out->fd, &out->at.plain, s5a_inet_len(&out->at)) == 0)
        return true;
    s5a_private_close(out->fd);
    return false;
}

static bool is_mapped(int fd)
{
    union s5a_inet own;
    socklen_t len = sizeof own;
    memset(&own, 0, sizeof own);
    return S5A_REAL(getsockname)(fd, &own.plain, &len) == 0 && own.family == AF_INET6 &&
           IN6_IS_ADDR_V4MAPPED(&own.v6.sin6_addr);
}

/* One that the socket can send to. */
static bool dig_for(int fd, sa_family_t domain, struct hole *out)
{
    if (domain == AF_INET6 && !is_mapped(fd) && dig(AF_INET6, out))
        return true;
    return dig(AF_INET, out);
}

/* ---- the kernel's error ---- */

/* Else a datagram to this machine might leave it. */
static bool has_device(int fd)
{
    return s5a_socket_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX, 0) != 0 ||
           s5a_socket_option(fd, IPPROTO_IP, IP_UNICAST_IF, 0) != 0 ||
           s5a_socket_option(fd, IPPROTO_IPV6, IPV6_UNICAST_IF, 0) != 0;
}

static bool asks_for_errors(int fd, const struct hole *hole)
{
    return hole->at.family == AF_INET ? s5a_socket_option(fd, IPPROTO_IP, IP_RECVERR, 0) != 0
                                      : s5a_socket_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 0) != 0;
}

static void ask_for_errors(int fd, const struct hole *hole, int on)
{
    if (hole->at.family == AF_INET)
        (void)S5A_REAL(setsockopt)(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
    else
        (void)S5A_REAL(setsockopt)(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
}

/* The error of the one before may be in its way. */
static void throw_in(int fd, sa_family_t domain, const struct hole *hole, struct s5a_span bytes)
{
    union s5a_inet to;
    ssize_t sent = -1;
    (void)s5a_inet_in_family(&to, domain, &hole->at);
    for (int i = 0; i < 2 && sent < 0; i++)
        sent = S5A_REAL(sendto)(fd, bytes.at, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL, &to.plain,
                                s5a_inet_len(&to));
}

/* Each comes back with the error about it. */
static void lose(int fd, sa_family_t domain, const struct hole *hole, const struct s5a_lost *lost)
{
    struct s5a_reader r;
    s5a_reader_init(&r, lost->bytes.at, lost->bytes.len);
    for (unsigned i = 0; i < lost->count; i++)
        throw_in(fd, domain, hole, s5a_read_span(&r, s5a_read_u32(&r)));
    if (lost->count == 0)
        throw_in(fd, domain, hole, S5A_SPAN(""));
}

/* What a socket asks for is told to it unconnected, too; when it asks no more, the queue of errors is
 * emptied, and the error itself stays. Until then it shows, even where it has woken somebody. */
static void provoke(int fd, sa_family_t domain, const struct hole *hole)
{
    struct pollfd one = { .fd = fd };
    ask_for_errors(fd, hole, 1);
    throw_in(fd, domain, hole, S5A_SPAN(""));
    (void)poll(&one, 1, WAIT_MS);
    ask_for_errors(fd, hole, 0);
}

static void note(const struct s5a_association *known, int error, const struct hole *hole)
{
    struct s5a_association *own = s5a_association_begin_locked(known);
    if (own == NULL)
        return;
    own->told = error;
    own->hole = hole->at.v4.sin_port;
    s5a_association_end_locked(own);
}

void s5a_tell(int fd, const struct s5a_association *known, int error, const struct s5a_lost *lost)
{
    struct hole hole;
    if (known->is_direct || has_device(fd) || !dig_for(fd, known->domain, &hole))
        return;
    bool asks = asks_for_errors(fd, &hole);
    if (asks || known->is_connected)
        note(known, error, &hole);
    if (asks)
        lose(fd, known->domain, &hole, lost);
    else if (known->is_connected)
        provoke(fd, known->domain, &hole);
    s5a_private_close(hole.fd);
}

/* ---- the program's ---- */

/* False: another thread was quicker. */
static bool take(const struct s5a_association *known)
{
    struct s5a_locked locked;
    if (s5a_lock_is_mine() || s5a_in_vfork_child())
        return true;
    struct s5a_association *own = s5a_association_begin(known, &locked);
    if (own == NULL)
        return false;
    bool is_mine = own->told != 0;
    own->told = 0;
    s5a_association_end(own, &locked);
    return is_mine;
}

int s5a_told(const struct s5a_association *known, int failed)
{
    struct s5a_association now = *known;
    if (failed != -ECONNREFUSED)
        return failed;
    s5a_association_refresh(&now);
    return now.told != 0 && take(&now) ? -now.told : failed;
}

void s5a_told_otherwise(int fd, const struct s5a_association *known)
{
    int error;
    socklen_t len = sizeof error;
    if (known->told != 0 && take(known))
        (void)S5A_REAL(getsockopt)(fd, SOL_SOCKET, SO_ERROR, &error, &len);
}

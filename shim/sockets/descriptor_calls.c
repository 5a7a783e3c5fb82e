/* The program's calls on descriptors. */
#include "shim/sockets/descriptor_calls.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <linux/close_range.h>
#include <stdint.h>

#include "shim/datagrams/options.h"
#include "shim/engine/gated.h"
#include "shim/engine/pending.h"
#include "shim/engine/private.h"
#include "shim/engine/watches.h"
#include "shim/inbound/listening.h"
#include "shim/lock.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/sockets/sockets.h"

int s5a_close(int fd)
{
    struct s5a_peer peer;
    if (s5a_is_private(fd))
        return -EBADF;
    if (s5a_is_gated(fd, &peer))
        return s5a_gated_close(fd, &peer);
    s5a_association_closed(fd); /* first: the number may be given anew the moment it is closed */
    uint64_t listener = s5a_bound_cookie(fd);
    int result = (int)s5a_from_libc(S5A_REAL(close)(fd));
    if (listener != 0)
        s5a_bound_closed(listener);
    return result;
}

/* Gates in the range hang up, and the engine sees that. */
int s5a_close_range(unsigned first, unsigned last, int flags)
{
    struct s5a_locked locked;
    if ((flags & (int)CLOSE_RANGE_CLOEXEC) == 0)
        s5a_association_closed_range(first, last);
    if (s5a_pending_count() == 0 || s5a_lock_is_mine())
        return s5a_private_close_range(first, last, flags);
    s5a_lock(&locked); /* a swap must not come in between */
    int result = s5a_private_close_range(first, last, flags);
    s5a_unlock(&locked);
    return result;
}

enum { BY_DUP = -3, BY_DUP2, BY_DUP3 }; /* else the command of fcntl() */

struct duplication {
    int by;
    int fd;
    int to; /* or the lowest number, for fcntl() */
    int flags;
};

static int duplicate(const struct duplication *d)
{
    switch (d->by) {
    case BY_DUP:
        return (int)s5a_from_libc(S5A_REAL(dup)(d->fd));
    case BY_DUP2:
        return (int)s5a_from_libc(S5A_REAL(dup2)(d->fd, d->to));
    case BY_DUP3:
        return (int)s5a_from_libc(S5A_REAL(dup3)(d->fd, d->to, d->flags));
    default:
        return (int)s5a_from_libc(S5A_REAL(fcntl)(d->fd, d->by, d->to));
    }
}

/* A duplicate has to follow when the description of its socket is exchanged, and is not to be made
 * while that happens. */
static int duplicate_watched(const struct duplication *d)
{
    struct s5a_locked locked;
    bool is_watched = !s5a_lock_is_mine() && (s5a_pending_any() || s5a_watches_is_unsettled(d->fd));
    if (!is_watched)
        return duplicate(d);
    s5a_lock(&locked);
    int copy = duplicate(d);
    if (copy >= 0 && copy != d->fd)
        s5a_watches_doubled(copy);
    s5a_unlock(&locked);
    return copy;
}

static int duplicate_noted(const struct duplication *d)
{
    int copy = duplicate_watched(d);
    if (copy >= 0)
        s5a_association_doubled(d->fd, copy);
    return copy;
}

int s5a_dup(int fd)
{
    return duplicate_noted(&(struct duplication){ .by = BY_DUP, .fd = fd });
}

int s5a_dup_to(int fd, int to, int flags)
{
    if (s5a_is_private(to))
        return -EBUSY;
    return duplicate_noted(&(struct duplication){ flags < 0 ? BY_DUP2 : BY_DUP3, fd, to, flags });
}

/* The common answers cost no lock: what blocks is no gate, and without connects there are none. */
static int get_flags(int fd)
{
    int flags = (int)s5a_from_libc(S5A_REAL(fcntl)(fd, F_GETFL));
    if (flags < 0 || (flags & O_NONBLOCK) == 0 || !s5a_pending_ever() || s5a_lock_is_mine())
        return flags;
    return s5a_gated_flags(fd);
}

int s5a_fcntl(int fd, int command, void *argument)
{
    struct s5a_peer peer;
    if (command == F_GETFL)
        return get_flags(fd);
    if (command == F_SETFL && s5a_is_gated(fd, &peer))
        return s5a_gated_set_flags(fd, &peer, (int)(intptr_t)argument);
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
        return duplicate_noted(
            &(struct duplication){ .by = command, .fd = fd, .to = (int)(intptr_t)argument });
    return (int)s5a_from_libc(S5A_REAL(fcntl)(fd, command, argument));
}

int s5a_ioctl(int fd, unsigned long request, void *argument)
{
    struct s5a_peer peer;
    int result;
    if (s5a_datagram_ioctl(fd, request, argument, &result))
        return result;
    if (s5a_is_gated(fd, &peer))
        return s5a_gated_ioctl(fd, &peer, request, argument);
    return (int)s5a_from_libc(S5A_REAL(ioctl)(fd, request, argument));
}

int s5a_shutdown(int fd, int how)
{
    struct s5a_peer peer;
    int result;
    if (s5a_datagram_shutdown(fd, how, &result))
        return result;
    if (s5a_is_gated(fd, &peer))
        return s5a_gated_shutdown(fd, &peer, how);
    return (int)s5a_from_libc(S5A_REAL(shutdown)(fd, how));
}

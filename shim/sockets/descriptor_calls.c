/* The program's calls on descriptors. */
#include "shim/sockets/descriptor_calls.h"

#include <errno.h>
#include <stdint.h>

#include "shim/engine/gated.h"
#include "shim/engine/pending.h"
#include "shim/engine/private.h"
#include "shim/engine/watches.h"
#include "shim/lock.h"
#include "shim/real.h"
#include "shim/result.h"

int s5a_close(int fd)
{
    struct s5a_peer peer;
    if (s5a_is_private(fd))
        return -EBADF;
    if (s5a_pending_count() != 0 && s5a_is_gated(fd, &peer))
        return s5a_gated_close(fd, &peer);
    return (int)s5a_from_libc(S5A_REAL(close)(fd));
}

/* Gates in the range hang up, and the engine sees that. */
int s5a_close_range(unsigned first, unsigned last, int flags)
{
    struct s5a_locked locked;
    if (s5a_pending_count() == 0 || s5a_lock_is_mine())
        return s5a_private_close_range(first, last, flags);
    s5a_lock(&locked); /* a swap must not come in between */
    int result = s5a_private_close_range(first, last, flags);
    s5a_unlock(&locked);
    return result;
}

/* A duplicate has to follow when the description of its socket is exchanged. */
static int noting_double(int fd, int copy)
{
    if (copy >= 0 && copy != fd && !s5a_lock_is_mine())
        s5a_watches_doubled(copy);
    return copy;
}

int s5a_dup(int fd)
{
    return noting_double(fd, (int)s5a_from_libc(S5A_REAL(dup)(fd)));
}

static int dup_to(int fd, int to, int flags)
{
    return (int)s5a_from_libc(flags < 0 ? S5A_REAL(dup2)(fd, to) : S5A_REAL(dup3)(fd, to, flags));
}

int s5a_dup_to(int fd, int to, int flags)
{
    struct s5a_locked locked;
    if (s5a_is_private(to))
        return -EBUSY;
    if (s5a_pending_count() == 0 || s5a_lock_is_mine())
        return noting_double(fd, dup_to(fd, to, flags));
    s5a_lock(&locked); /* a swap must not come in between */
    int copy = dup_to(fd, to, flags);
    s5a_unlock(&locked);
    return noting_double(fd, copy);
}

static int fcntl_gated(int fd, const struct s5a_peer *peer, int command, void *argument)
{
    if (command == F_SETFL)
        return s5a_gated_set_flags(fd, peer, (int)(intptr_t)argument);
    int flags = (int)s5a_from_libc(S5A_REAL(fcntl)(fd, F_GETFL));
    return s5a_gated_flags(fd, peer, flags);
}

int s5a_fcntl(int fd, int command, void *argument)
{
    struct s5a_peer peer;
    if ((command == F_GETFL || command == F_SETFL) && s5a_pending_count() != 0 &&
        s5a_is_gated(fd, &peer))
        return fcntl_gated(fd, &peer, command, argument);
    int result = (int)s5a_from_libc(S5A_REAL(fcntl)(fd, command, argument));
    if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
        return noting_double(fd, result);
    return result;
}

int s5a_ioctl(int fd, unsigned long request, void *argument)
{
    struct s5a_peer peer;
    if (s5a_pending_count() != 0 && s5a_is_gated(fd, &peer))
        return s5a_gated_ioctl(fd, &peer, request, argument);
    return (int)s5a_from_libc(S5A_REAL(ioctl)(fd, request, argument));
}

int s5a_shutdown(int fd, int how)
{
    struct s5a_peer peer;
    if (s5a_pending_count() != 0 && s5a_is_gated(fd, &peer))
        return s5a_gated_shutdown(fd, &peer, how);
    return (int)s5a_from_libc(S5A_REAL(shutdown)(fd, how));
}

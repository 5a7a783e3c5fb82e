/* Exchanging what is under the program's descriptor numbers. */
#include "shim/engine/swap.h"

#include "shim/engine/private.h"
#include "shim/engine/watches.h"
#include "shim/real.h"
#include "shim/sockets/descriptors.h"

struct swap {
    uint64_t cookie;
    int with;
    bool settled;
    unsigned done;
};

static bool swap_one(int fd, void *context)
{
    struct swap *swap = context;
    if (fd == swap->with || s5a_is_private(fd) || s5a_socket_cookie(fd) != swap->cookie)
        return true;
    int flags = S5A_REAL(fcntl)(fd, F_GETFD);
    s5a_watches_lift(fd);
    if (S5A_REAL(dup3)(swap->with, fd, (flags & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0) == fd)
        swap->done++;
    s5a_watches_lay(fd, swap->settled);
    return true;
}

unsigned s5a_swap(int number, uint64_t cookie, int with, bool settled)
{
    struct swap swap = { cookie, with, settled, 0 };
    if (s5a_watches_is_doubled(cookie))
        s5a_descriptors_each(swap_one, &swap);
    else
        (void)swap_one(number, &swap);
    return swap.done;
}

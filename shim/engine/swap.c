/* Exchanging what is under the program's descriptor numbers. */
#include "shim/engine/swap.h"

#include "shim/engine/pending.h"
#include "shim/engine/private.h"
#include "shim/engine/watches.h"
#include "shim/real.h"
#include "shim/sockets/descriptors.h"

struct swap {
    uint64_t cookie;
    int with;
    bool is_in;      /* a gate comes */
    bool is_settled; /* no other exchange will follow */
    unsigned done;
};

static bool swap_one(int fd, void *context)
{
    struct swap *swap = context;
    if (fd == swap->with || s5a_is_private(fd) || s5a_socket_cookie(fd) != swap->cookie)
        return true;
    int flags = S5A_REAL(fcntl)(fd, F_GETFD);
    s5a_watches_lift(fd, swap->is_in);
    s5a_pending_mark(fd, swap->is_in);
    if (s5a_private_put(swap->with, fd, (flags & FD_CLOEXEC) != 0 ? O_CLOEXEC : 0) == fd)
        swap->done++;
    s5a_watches_lay(fd, swap->is_settled);
    return true;
}

static unsigned swap_all(struct swap *swap, int number)
{
    if (s5a_watches_is_doubled(swap->cookie))
        s5a_descriptors_each(swap_one, swap);
    else
        (void)swap_one(number, swap);
    if (swap->is_settled)
        s5a_watches_settle(swap->cookie);
    return swap->done;
}

unsigned s5a_swap_in(int number, uint64_t socket, int gate)
{
    struct swap swap = { .cookie = socket, .with = gate, .is_in = true };
    return swap_all(&swap, number);
}

unsigned s5a_swap_out(int number, uint64_t cookie, int with, bool is_settled)
{
    struct swap swap = { .cookie = cookie, .with = with, .is_settled = is_settled };
    return swap_all(&swap, number);
}

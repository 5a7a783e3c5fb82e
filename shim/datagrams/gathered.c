/* One buffer in place of many. */
#include "shim/datagrams/gathered.h"

#include <string.h>
#include <sys/mman.h>

enum { ROOM_MAX = 65536 };

bool s5a_gathered_open(struct s5a_gathered *g, const struct msghdr *message)
{
    size_t room = 0;
    for (size_t i = 0; i < message->msg_iovlen && room < ROOM_MAX; i++)
        room += message->msg_iov[i].iov_len;
    g->mapped = ROOM_MAX;
    g->part.iov_len = room < ROOM_MAX ? room : ROOM_MAX;
    g->part.iov_base =
        mmap(NULL, g->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return g->part.iov_base != MAP_FAILED;
}

void s5a_gathered_scatter(const struct s5a_gathered *g, const struct msghdr *message, size_t len)
{
    const char *from = g->part.iov_base;
    size_t left = len < g->part.iov_len ? len : g->part.iov_len;
    for (size_t i = 0; i < message->msg_iovlen && left > 0; i++) {
        const struct iovec *part = &message->msg_iov[i];
        size_t some = part->iov_len < left ? part->iov_len : left;
        memcpy(part->iov_base, from, some);
        from += some;
        left -= some;
    }
}

void s5a_gathered_close(struct s5a_gathered *g)
{
    munmap(g->part.iov_base, g->mapped);
}

/* What becomes of a session of the test client of EAF. */
#include "tests/system/eaf_client.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* False at its end. */
static bool copy(int from, int to)
{
    static uint8_t bytes[65536];
    ssize_t n = recv(from, bytes, sizeof bytes, 0);
    if (n <= 0)
        shutdown(to, SHUT_WR);
    if (n <= 0)
        return false;
    return send(to, bytes, (size_t)n, MSG_NOSIGNAL) == n;
}

void bridge(int fd, int other)
{
    struct pollfd ends[2] = { { fd, POLLIN, 0 }, { other, POLLIN, 0 } };
    while ((ends[0].fd >= 0 || ends[1].fd >= 0) && poll(ends, 2, -1) > 0)
        for (int i = 0; i < 2; i++)
            if (ends[i].revents && !copy(i == 0 ? fd : other, i == 0 ? other : fd))
                ends[i].fd = -1;
}

bool pass(int fd, int to)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = { .bytes = "" };
    struct iovec byte = { "", 1 };
    struct msghdr message = {
        .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
    };
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    *rights = (struct cmsghdr){ CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS };
    memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    return sendmsg(to, &message, 0) == 1;
}

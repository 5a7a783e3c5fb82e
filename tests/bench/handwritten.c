/* SOCKS5 by blocking calls, each part of each message checked. */
#include "handwritten.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

enum { GREETING_LEN = 3, REQUEST_LEN = 10, REPLY_HEAD_LEN = 5, REPLY_REST_MAX = 255 + 2 };

static int send_all(int fd, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return -1;
        if (sent > 0) {
            bytes += sent;
            len -= (size_t)sent;
        }
    }
    return 0;
}

static int recv_all(int fd, uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t got = recv(fd, bytes, len, 0);
        if (got == 0)
            errno = ECONNRESET;
        if (got == 0 || (got < 0 && errno != EINTR))
            return -1;
        if (got > 0) {
            bytes += got;
            len -= (size_t)got;
        }
    }
    return 0;
}

static int wait_for_input(int fd, struct handwritten how)
{
    enum { MINUTE = 60000 };
    struct pollfd one = { .fd = fd, .events = POLLIN };
    int ready = how.bounded ? poll(&one, 1, MINUTE) : 1;
    if (ready == 0)
        errno = ETIMEDOUT;
    return ready > 0 ? 0 : -1;
}

static int wrong(void)
{
    errno = EPROTO;
    return -1;
}

static int read_selection(int fd, struct handwritten how)
{
    uint8_t selection[2];
    if (wait_for_input(fd, how) < 0 || recv_all(fd, selection, sizeof selection) < 0)
        return -1;
    return selection[0] == 5 && selection[1] == 0 ? 0 : wrong();
}

static int read_reply(int fd, struct handwritten how)
{
    uint8_t head[REPLY_HEAD_LEN];
    uint8_t rest[REPLY_REST_MAX];
    if (wait_for_input(fd, how) < 0 || recv_all(fd, head, sizeof head) < 0)
        return -1;
    if (head[0] != 5 || (head[3] != 1 && head[3] != 3 && head[3] != 4))
        return wrong();
    size_t address_len = head[3] == 1 ? 4u : head[3] == 4 ? 16u : 1u + head[4];
    if (recv_all(fd, rest, address_len - 1 + 2) < 0)
        return -1;
    errno = ECONNREFUSED;
    return head[1] == 0 ? 0 : -1;
}

int handwritten_connect(int fd, const struct sockaddr_in *proxy, const struct sockaddr_in *target,
                        struct handwritten how)
{
    uint8_t out[GREETING_LEN + REQUEST_LEN] = { 5, 1, 0, 5, 1, 0, 1 };
    memcpy(out + 7, &target->sin_addr, 4);
    memcpy(out + 11, &target->sin_port, 2);
    if (connect(fd, (const struct sockaddr *)proxy, sizeof *proxy) < 0 ||
        send_all(fd, out, how.early ? sizeof out : GREETING_LEN) < 0 || read_selection(fd, how) < 0)
        return -1;
    if (!how.early && send_all(fd, out + GREETING_LEN, REQUEST_LEN) < 0)
        return -1;
    return read_reply(fd, how);
}

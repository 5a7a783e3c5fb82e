/* Handing a connection over to a program. */
#include "shim/inbound/handing.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "shim/engine/private.h"
#include "shim/real.h"
#include "shim/sockets/sockets.h"

enum { RANDOM_LEN = 16, PATIENCE_S = 2 };

static const char magic[8] = "s5a-in1";

struct message {
    char magic[sizeof magic];
    struct s5a_handed handed;
};

union control {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(sizeof(int))];
};

/* ---- names ---- */

static int draw_name(struct sockaddr_un *name, socklen_t *len)
{
    uint8_t random[RANDOM_LEN];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return -EAGAIN;
    memset(name, 0, sizeof *name);
    name->sun_family = AF_UNIX;
    int used = snprintf(name->sun_path + 1, sizeof name->sun_path - 1, "socks5a/listener/");
    for (size_t i = 0; i < sizeof random; i++, used += 2)
        snprintf(name->sun_path + 1 + used, 3, "%02x", random[i]);
    *len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)used);
    return 0;
}

int s5a_handing_listen(int backlog, struct sockaddr_un *name, socklen_t *len)
{
    int failed = draw_name(name, len);
    int fd = failed != 0 ? -1 : S5A_REAL(socket)(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (failed == 0 && (fd < 0 || S5A_REAL(bind)(fd, (const struct sockaddr *)name, *len) != 0 ||
                        S5A_REAL(listen)(fd, backlog) != 0))
        failed = -errno;
    if (failed != 0 && fd >= 0)
        S5A_REAL(close)(fd);
    return failed != 0 ? failed : fd;
}

/* A name is taken for as long as the socket that listens under it is held by anybody. */
bool s5a_handing_is_heard(const struct sockaddr_un *name, socklen_t len)
{
    int fd = S5A_REAL(socket)(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return true; /* nobody knows */
    bool is_free = S5A_REAL(bind)(fd, (const struct sockaddr *)name, len) == 0;
    S5A_REAL(close)(fd);
    return !is_free;
}

/* ---- sending ---- */

static int send_message(int knock, const struct s5a_handed *handed, int fd)
{
    struct message text = { .handed = *handed };
    union control control;
    struct iovec part = { &text, sizeof text };
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
    };
    memcpy(text.magic, magic, sizeof magic);
    memset(&control, 0, sizeof control);
    control.head = (struct cmsghdr){ CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS };
    memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
    ssize_t sent = S5A_REAL(sendmsg)(knock, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent == (ssize_t)sizeof text ? 0 : sent < 0 ? -errno : -EIO;
}

static int reach(int knock, const struct sockaddr_un *name, socklen_t len)
{
    if (S5A_REAL(connect)(knock, (const struct sockaddr *)name, len) != 0)
        return -errno;
    return s5a_is_of_friend(knock) ? 0 : -ECONNREFUSED;
}

int s5a_handing_send(const struct sockaddr_un *name, socklen_t len, const struct s5a_handed *handed,
                     int fd)
{
    int knock = S5A_REAL(socket)(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    knock = knock < 0 ? -errno : s5a_private_move(knock);
    if (knock < 0)
        return knock;
    int failed = reach(knock, name, len);
    if (failed == 0)
        failed = send_message(knock, handed, fd);
    if (failed != 0)
        s5a_private_close(knock);
    return failed != 0 ? failed : knock;
}

/* ---- taking ---- */

static int descriptor_in(struct msghdr *message)
{
    const struct cmsghdr *head = CMSG_FIRSTHDR(message);
    int fd;
    if (head == NULL && (message->msg_flags & MSG_CTRUNC) != 0)
        return -EMFILE;
    if (head == NULL || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS ||
        head->cmsg_len != CMSG_LEN(sizeof fd))
        return -EPROTO;
    memcpy(&fd, CMSG_DATA(head), sizeof fd);
    return fd;
}

static bool is_whole(const struct message *text, ssize_t got, const struct msghdr *message)
{
    return got == (ssize_t)sizeof *text && memcmp(text->magic, magic, sizeof magic) == 0 &&
           (message->msg_flags & (MSG_CTRUNC | MSG_TRUNC)) == 0;
}

/* It is on its way: the connection is made a moment before. */
static ssize_t receive(int come, struct msghdr *message)
{
    const struct timeval patience = { PATIENCE_S, 0 };
    ssize_t got;
    (void)S5A_REAL(setsockopt)(come, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    do
        got = S5A_REAL(recvmsg)(come, message, MSG_CMSG_CLOEXEC | MSG_WAITALL);
    while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

int s5a_handing_take(int come, struct s5a_handed *handed)
{
    struct message text = { .handed = { .is_pair = false } };
    union control control;
    struct iovec part = { &text, sizeof text };
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
    };
    if (!s5a_is_of_friend(come))
        return -EPERM;
    ssize_t got = receive(come, &message);
    int fd = got > 0 ? descriptor_in(&message) : -EPROTO;
    if (fd >= 0 && !is_whole(&text, got, &message)) {
        S5A_REAL(close)(fd);
        fd = -EPROTO;
    }
    *handed = text.handed;
    return fd;
}

/* Connects again and again and tells how each connect ended: connect MODE ADDRESS PORT COUNT
 *
 * MODE: blocking, nonblocking (poll and SO_ERROR), reuse (blocking, always the same socket until
 * one succeeds). A line each: "connected HEX", where HEX is all that came until end of file, or the
 * name of the errno. Sends "ping" first where it is connected. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE = 8000 }; /* ms */

struct target {
    struct sockaddr_storage address;
    socklen_t len;
};

static void parse(struct target *target, const char *host, const char *port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&target->address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&target->address;

    memset(target, 0, sizeof *target);
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(atoi(port));
        target->len = sizeof *v4;
    } else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(atoi(port));
        target->len = sizeof *v6;
    } else {
        exit(2);
    }
}

static int connect_nonblocking(int fd, const struct target *target)
{
    struct pollfd wait = { .fd = fd, .events = POLLOUT };
    int error = 0;
    socklen_t len = sizeof error;

    if (connect(fd, (const struct sockaddr *)&target->address, target->len) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    if (poll(&wait, 1, PATIENCE) == 0)
        return EBUSY; /* hung: no errno of a connect */
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        return errno;
    return error;
}

static int connect_blocking(int fd, const struct target *target)
{
    return connect(fd, (const struct sockaddr *)&target->address, target->len) ? errno : 0;
}

/* Prints what comes until end of file. */
static void converse(int fd)
{
    unsigned char bytes[4096];
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    ssize_t count = -1;

    printf("connected ");
    if (send(fd, "ping", 4, MSG_NOSIGNAL) != 4)
        printf("unsent ");
    while (poll(&wait, 1, PATIENCE) == 1 && (count = read(fd, bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < count; i++)
            printf("%02x", bytes[i]);
    printf("%s\n", count == 0 ? "" : " cut");
}

int main(int argc, char **argv)
{
    struct target target;
    int fd = -1;

    if (argc != 5)
        return 2;
    int nonblocking = strcmp(argv[1], "nonblocking") == 0;
    int type = SOCK_STREAM | (nonblocking ? SOCK_NONBLOCK : 0);
    int reuse = strcmp(argv[1], "reuse") == 0;
    parse(&target, argv[2], argv[3]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int left = atoi(argv[4]); left > 0; left--) {
        if (fd < 0)
            fd = socket(target.address.ss_family, type, 0);
        int error = nonblocking ? connect_nonblocking(fd, &target) : connect_blocking(fd, &target);
        if (error == 0)
            converse(fd);
        else
            printf("%s\n", strerrorname_np(error));
        if (error == 0 || !reuse) {
            close(fd);
            fd = -1;
        }
    }
    return 0;
}

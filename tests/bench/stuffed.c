/* Holds connections whose both directions are full: the target sends and never reads, and so does
 * this program.
 *   stuffed TARGET
 * For each number N on standard input it makes N more, writes until nothing more is taken for a
 * while, and prints the bytes that were. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoint.h"

enum { CONNECTIONS_MAX = 1024, PIECE = 65536, QUIET_MS = 500 };

static struct pollfd all[CONNECTIONS_MAX];
static unsigned held;

static void begin(const struct sockaddr_in *target)
{
    int fd = tcp_socket();
    if (connect(fd, (const struct sockaddr *)target, sizeof *target) < 0)
        fail("connect");
    if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        fail("O_NONBLOCK");
    all[held++] = (struct pollfd){ .fd = fd, .events = POLLOUT };
}

static uint64_t stuff(int fd)
{
    static const char zeros[PIECE];
    uint64_t taken = 0;
    ssize_t sent;
    while ((sent = send(fd, zeros, sizeof zeros, MSG_NOSIGNAL)) > 0)
        taken += (uint64_t)sent;
    if (errno != EAGAIN)
        fail("send");
    return taken;
}

static uint64_t stuff_all(void)
{
    uint64_t taken = 0;
    while (poll(all, held, QUIET_MS) > 0)
        for (unsigned i = 0; i < held; i++)
            if (all[i].revents != 0)
                taken += stuff(all[i].fd);
    return taken;
}

/* By a reset: nobody is to carry on what nobody reads. */
static void end_all(void)
{
    const struct linger now = { 1, 0 };
    for (unsigned i = 0; i < held; i++) {
        setsockopt(all[i].fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close(all[i].fd);
    }
}

int main(int argc, char **argv)
{
    unsigned count;
    if (argc != 2)
        return 2;
    struct sockaddr_in target = endpoint(argv[1]);
    raise_descriptor_limit();
    while (scanf("%u", &count) == 1 && count <= CONNECTIONS_MAX - held) {
        for (unsigned i = 0; i < count; i++)
            begin(&target);
        printf("%llu\n", (unsigned long long)stuff_all());
        fflush(stdout);
    }
    end_all();
    return 0;
}

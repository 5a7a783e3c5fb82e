/* The other end of the benchmarks' connections: a server for each way to serve.
 *   target ADDRESS:PORT end|source|sink
 * end closes at once, source sends for ever, sink reads to the end and then closes. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoint.h"

enum { PIECE = 65536, BACKLOG = 1024 };

static char piece[PIECE];

static void serve_source(int fd)
{
    while (send(fd, piece, sizeof piece, MSG_NOSIGNAL) > 0)
        ;
}

static void serve_sink(int fd)
{
    while (recv(fd, piece, sizeof piece, 0) > 0)
        ;
}

static void serve_end(int fd)
{
    (void)fd;
}

static void (*serving(const char *how))(int fd)
{
    return strcmp(how, "source") == 0 ? serve_source
           : strcmp(how, "sink") == 0 ? serve_sink
                                      : serve_end;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    struct sockaddr_in at = endpoint(argv[1]);
    void (*serve)(int fd) = serving(argv[2]);
    int one = 1;
    int listener = tcp_socket();
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (const struct sockaddr *)&at, sizeof at) < 0 ||
        listen(listener, BACKLOG) < 0)
        fail(argv[1]);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0 && errno != ECONNABORTED && errno != EINTR)
            fail("accept");
        if (fd >= 0) {
            serve(fd);
            close(fd);
        }
    }
}

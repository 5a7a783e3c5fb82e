/* The other end of the benchmarks' connections: a server for each way to serve.
 *   target ADDRESS:PORT end|source|sink|pages
 * end closes at once, source sends for ever, sink reads to the end and then closes, pages answers
 * each request of REQUEST bytes with as many bytes as the number that it begins with. All but end
 * serve each connection in a thread of its own. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoint.h"

enum { PIECE = 65536, BACKLOG = 1024, REQUEST = 400 };

static const char zeros[PIECE];

static void serve_source(int fd)
{
    while (send(fd, zeros, sizeof zeros, MSG_NOSIGNAL) > 0)
        ;
}

static void serve_sink(int fd)
{
    char piece[PIECE];
    while (recv(fd, piece, sizeof piece, 0) > 0)
        ;
}

static void serve_pages(int fd)
{
    char request[REQUEST + 1] = "";
    while (recv(fd, request, REQUEST, MSG_WAITALL) == REQUEST) {
        size_t left = strtoul(request, NULL, 10);
        while (left > 0) {
            ssize_t sent = send(fd, zeros, left < PIECE ? left : PIECE, MSG_NOSIGNAL);
            if (sent <= 0)
                return;
            left -= (size_t)sent;
        }
    }
}

/* What it has to do, the caller does. */
static void serve_end(int fd)
{
    (void)fd;
}

static void (*serve)(int fd);

static void choose(const char *how)
{
    serve = strcmp(how, "source") == 0  ? serve_source
            : strcmp(how, "sink") == 0  ? serve_sink
            : strcmp(how, "pages") == 0 ? serve_pages
                                        : serve_end;
}

static void *serve_in_thread(void *fd)
{
    serve((int)(intptr_t)fd);
    close((int)(intptr_t)fd);
    return NULL;
}

static void begin(int fd)
{
    pthread_t thread;
    if (serve == serve_end) {
        close(fd);
        return;
    }
    errno = pthread_create(&thread, NULL, serve_in_thread, (void *)(intptr_t)fd);
    if (errno != 0)
        fail("pthread_create");
    pthread_detach(thread);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    struct sockaddr_in at = endpoint(argv[1]);
    int one = 1;
    int listener = tcp_socket();
    choose(argv[2]);
    raise_descriptor_limit();
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (const struct sockaddr *)&at, sizeof at) < 0 ||
        listen(listener, BACKLOG) < 0)
        fail(argv[1]);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0 && errno != ECONNABORTED && errno != EINTR)
            fail("accept");
        if (fd >= 0)
            begin(fd);
    }
}

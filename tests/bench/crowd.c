/* The other end of many connections at once.
 *   crowd ADDRESS:PORT echo|http
 * echo sends back what comes; http answers what comes, which is taken for a whole request, and
 * closes. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoint.h"

enum { PIECE = 4096, BACKLOG = 4096, EVENTS_MAX = 64 };

static const char response[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n"
    "Connection: close\r\n\r\nhello\n";

static bool is_http;
static int watched;

static void watch(int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    if (epoll_ctl(watched, EPOLL_CTL_ADD, fd, &event) < 0)
        fail("epoll_ctl");
}

static void greet(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
        watch(fd);
    else if (errno != ECONNABORTED && errno != EAGAIN)
        fail("accept");
}

static void answer(int fd)
{
    char piece[PIECE];
    ssize_t got = recv(fd, piece, sizeof piece, 0);
    if (got > 0 && is_http)
        send(fd, response, sizeof response - 1, MSG_NOSIGNAL);
    else if (got > 0)
        send(fd, piece, (size_t)got, MSG_NOSIGNAL);
    if (is_http || got <= 0)
        close(fd);
}

static int listen_at(const char *where)
{
    struct sockaddr_in at = endpoint(where);
    int one = 1;
    int listener = tcp_socket();
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (const struct sockaddr *)&at, sizeof at) < 0 ||
        listen(listener, BACKLOG) < 0)
        fail(where);
    return listener;
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS_MAX];
    if (argc != 3)
        return 2;
    is_http = strcmp(argv[2], "http") == 0;
    raise_descriptor_limit();
    watched = epoll_create1(EPOLL_CLOEXEC);
    if (watched < 0)
        fail("epoll_create1");
    int listener = listen_at(argv[1]);
    watch(listener);
    for (;;) {
        int ready = epoll_wait(watched, events, EVENTS_MAX, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd == listener)
                greet(listener);
            else
                answer(events[i].data.fd);
        }
    }
}

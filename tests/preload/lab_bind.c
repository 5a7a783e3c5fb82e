/* BIND in the laboratory. */
#include "tests/preload/lab_bind.h"

#include <poll.h>

static bool reply(int fd, unsigned char rep, const struct sockaddr_in *at)
{
    unsigned char out[10] = { 5, rep, 0, 1 };
    memcpy(out + 4, &at->sin_addr, 4);
    memcpy(out + 8, &at->sin_port, 2);
    return send(fd, out, sizeof out, MSG_NOSIGNAL) == (ssize_t)sizeof out;
}

/* -1: the program has gone first. */
static int wait_for_caller(int listener, int session, struct sockaddr_in *from)
{
    struct pollfd both[] = { { .fd = listener, .events = POLLIN },
                             { .fd = session, .events = POLLRDHUP } };
    socklen_t len = sizeof *from;
    while (poll(both, 2, -1) < 0)
        continue;
    return both[1].revents != 0 ? -1 : accept(listener, (struct sockaddr *)from, &len);
}

/* False once that direction has ended. */
static bool pass(int from, int to)
{
    char bytes[65536];
    ssize_t len = recv(from, bytes, sizeof bytes, 0);
    if (len > 0 && send(to, bytes, (size_t)len, MSG_NOSIGNAL) == len)
        return true;
    shutdown(to, SHUT_WR);
    return false;
}

static void pass_all(int session, int caller)
{
    struct pollfd both[] = { { .fd = session, .events = POLLIN },
                             { .fd = caller, .events = POLLIN } };
    while (both[0].fd >= 0 || both[1].fd >= 0) {
        if (poll(both, 2, -1) < 0)
            continue;
        if (both[0].revents != 0 && !pass(session, caller))
            both[0].fd = -1;
        if (both[1].revents != 0 && !pass(caller, session))
            both[1].fd = -1;
    }
}

/* Or until the program has gone. */
static void wait_for_answer(int session)
{
    struct pollfd end = { .fd = session, .events = POLLRDHUP };
    while (!lab_place_answers(AT_SLOW) && poll(&end, 1, 5) <= 0)
        continue;
}

static bool is_by_ipv6(const struct lab_connection *c)
{
    return (c->arg == LAB_BIND_ON_IPV6 || c->arg == LAB_BIND_ON_IPV6_UNTOLD) && !c->is_for_anybody;
}

/* At [::1], where nobody calls. */
static void reply_by_ipv6(int fd)
{
    const unsigned char out[22] = { 5, 0, 0, 4, [19] = 1, 1, 1 };
    (void)!send(fd, out, sizeof out, MSG_NOSIGNAL);
}

void lab_bind_serve(struct lab_connection *c)
{
    if (is_by_ipv6(c)) {
        reply_by_ipv6(c->fd);
        return;
    }
    struct sockaddr_in at = lab_v4("127.0.0.1", 0), from;
    socklen_t len = sizeof at;
    bool gives_up = c->arg == LAB_BIND_GIVES_UP && c->number == 0;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&at, len) != 0 || listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&at, &len) != 0)
        abort();
    if (c->arg == LAB_BIND_WAITS)
        wait_for_answer(c->fd);
    int caller = reply(c->fd, 0, &at) && !gives_up ? wait_for_caller(listener, c->fd, &from) : -1;
    close(listener);
    if (gives_up)
        (void)reply(c->fd, 6, &at);
    if (caller >= 0 && reply(c->fd, 0, &from))
        pass_all(c->fd, caller);
    if (caller >= 0)
        close(caller);
}

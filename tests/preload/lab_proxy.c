/* What the scripted proxy of the laboratory says in one connection. */
#include "tests/preload/lab_proxy.h"

#include <poll.h>
#include <sys/random.h>

#include "tests/preload/lab_bind.h"
#include "tests/preload/lab_place.h"
#include "tests/preload/lab_server.h"
#include "tests/preload/lab_udp.h"

enum { POLL_MS = 4 };

static bool take(int fd, void *bytes, size_t len)
{
    return recv(fd, bytes, len, MSG_WAITALL) == (ssize_t)len;
}

/* Answers as the script says; false where the connection is over. */
static bool say(struct lab_connection *c, const void *bytes, size_t len)
{
    const char *at = bytes;
    if (c->proxy == LAB_CLOSES) {
        size_t some = (size_t)c->budget < len ? (size_t)c->budget : len;
        c->budget -= (int)some;
        return send(c->fd, at, some, MSG_NOSIGNAL) == (ssize_t)some && some == len;
    }
    if (c->proxy != LAB_TRICKLES)
        return send(c->fd, at, len, MSG_NOSIGNAL) == (ssize_t)len;
    for (size_t i = 0; i < len; i++) {
        if (send(c->fd, at + i, 1, MSG_NOSIGNAL) != 1)
            return false;
        lab_pause_ms(c->arg);
    }
    return true;
}

static bool log_in(struct lab_connection *c)
{
    unsigned char head[2], user[256] = { 0 }, length, password[256] = { 0 };
    if (!take(c->fd, head, 2) || !take(c->fd, user, head[1]) || !take(c->fd, &length, 1) ||
        !take(c->fd, password, length))
        return false;
    bool right = strcmp((char *)user, "alice") == 0 && strcmp((char *)password, "secret") == 0;
    return say(c, right ? "\1\0" : "\1\1", 2) && right;
}

static bool greet(struct lab_connection *c)
{
    unsigned char head[2], methods[255], wanted = c->proxy == LAB_PASSWORD ? 2 : 0;
    char dropped[1024];
    if (!take(c->fd, head, 2) || !take(c->fd, methods, head[1]))
        return false;
    if (c->proxy == LAB_DROPS) {
        lab_pause_ms(20); /* what is on its way has come */
        ssize_t len = recv(c->fd, dropped, sizeof dropped, MSG_DONTWAIT);
        if (len > 0)
            lab_server_note(c->server, "dropped", (unsigned)len);
    }
    if (memchr(methods, wanted, head[1]) == NULL)
        return say(c, "\5\377", 2) && false;
    return say(c, (unsigned char[]){ 5, wanted }, 2) && (wanted == 0 || log_in(c));
}

static bool take_options(int fd)
{
    unsigned char len[2], list[256];
    return take(fd, len, 2) && len[0] == 0 && take(fd, list, len[1]);
}

static bool take_request(struct lab_connection *c)
{
    unsigned char head[4], address[256] = { 0 }, port[2], length = 0;
    char text[INET6_ADDRSTRLEN];
    const char *host = text;
    if (!take(c->fd, head, 4))
        return false;
    c->is_bind = head[1] == 2;
    c->is_associate = head[1] == 3 || head[1] == 8;
    c->is_in_stream = head[1] == 8;
    length = head[3] == 1 ? 4 : 16;
    if (head[3] == 3 && !take(c->fd, &length, 1))
        return false;
    if (!take(c->fd, address, length) || !take(c->fd, port, 2) ||
        (c->is_in_stream && !take_options(c->fd)))
        return false;
    if (head[3] == 3)
        host = (const char *)address;
    else
        inet_ntop(head[3] == 1 ? AF_INET : AF_INET6, address, text, sizeof text);
    c->is_for_anybody = head[3] == 1 && memcmp(address, "\0\0\0", 4) == 0;
    c->port = (unsigned)port[0] << 8 | port[1];
    c->place = lab_place_of(host);
    lab_server_note(c->server, host, c->port);
    return true;
}

/* Replies that are odd or wrong; LAB_SAYS. */
static const struct {
    unsigned char bytes[24];
    size_t len;
} odd[] = {
    { { 4, 0, 0, 1 }, 10 },                       /* 0: another version */
    { { 5, 0, 0, 9 }, 10 },                       /* 1: an unknown type of address */
    { { 5, 0, 0, 3, 0, 0, 0 }, 7 },               /* 2: an empty name */
    { { 5, 0, 7, 1 }, 10 },                       /* 3: a reserved byte that is not zero */
    { { 5, 5 }, 2 },                              /* 4: a refusal that is cut short */
    { { 5, 5, 0, 0, 0, 0 }, 6 },                  /* 5: a refusal without a type of address */
    { { 5, 0, 0, 3, 3, 'a', 0, 'b', 0, 0 }, 10 }, /* 6: a name with NUL */
    { "HTTP/1.1 400 Bad\r\n", 18 },               /* 7: another protocol */
};

bool lab_proxy_has_places(enum lab_proxy proxy)
{
    return proxy >= LAB_PLACES && proxy <= LAB_PLACES_UNIX;
}

/* The place answers; false once the other side is gone. */
static bool wait_for_answer(struct lab_connection *c)
{
    struct pollfd one = { .fd = c->fd, .events = POLLRDHUP };
    while (!lab_place_answers(c->place))
        if (poll(&one, 1, POLL_MS) != 0)
            return false;
    return true;
}

static unsigned char reply_of(enum lab_place place)
{
    return place == AT_REFUSING ? 5 : place == AT_HOSTLESS ? 4 : place == AT_NETLESS ? 3 : 0;
}

static bool reply(struct lab_connection *c)
{
    unsigned char out[300] = { 5, 0, 0, 1 };
    size_t len = 10;
    if (c->proxy == LAB_HONEST && c->arg == LAB_BIND_ON_IPV6)
        memcpy(out + 4, "\177\0\0\1", 4);
    switch (c->proxy) {
    case LAB_REFUSES:
        out[1] = (unsigned char)(c->arg != 0 ? (unsigned)c->arg : c->port);
        return say(c, out, len) && out[1] == 0;
    case LAB_PLACES:
    case LAB_PLACES_SHIM:
    case LAB_PLACES_UNIX:
        out[1] = reply_of(c->place);
        return wait_for_answer(c) && say(c, out, len) && out[1] == 0;
    case LAB_SAYS:
        return say(c, odd[c->arg].bytes, odd[c->arg].len) && c->arg == 3;
    case LAB_BY_NAME:
        out[3] = 3;
        out[4] = (unsigned char)c->arg;
        memset(out + 5, 'n', out[4]);
        len = 7u + out[4];
        break;
    case LAB_BY_IPV6:
        out[3] = 4;
        len = 22;
        break;
    case LAB_EARLY_DATA:
        memcpy(out + len, "220 early\r\n", 11);
        len += 11;
        break;
    default:
        break;
    }
    return say(c, out, len);
}

static void echo(struct lab_connection *c)
{
    char bytes[65536];
    ssize_t len;
    while ((len = recv(c->fd, bytes, sizeof bytes, 0)) > 0) {
        lab_place_take(len);
        if (c->proxy != LAB_SINK && send(c->fd, bytes, (size_t)len, MSG_NOSIGNAL) != len)
            return;
    }
}

static bool serves_binds(const struct lab_connection *c)
{
    return c->is_bind && (c->proxy == LAB_HONEST || c->proxy == LAB_UNIX);
}

static bool serves_datagrams(const struct lab_connection *c)
{
    return c->is_associate && lab_proxy_has_places(c->proxy);
}

static bool answers_itself(const struct lab_connection *c)
{
    return serves_binds(c) || serves_datagrams(c);
}

static void serve(struct lab_connection *c)
{
    if (serves_binds(c))
        lab_bind_serve(c);
    else if (serves_datagrams(c))
        lab_udp_relay(c);
    else if (lab_proxy_has_places(c->proxy))
        lab_place_serve(c->place, c->fd);
    else
        echo(c);
}

/* Until the other side is gone: nothing is answered. */
static void swallow(int fd)
{
    char bytes[1024];
    while (recv(fd, bytes, sizeof bytes, 0) > 0)
        continue;
}

static void babble(struct lab_connection *c)
{
    char noise[600];
    (void)!getrandom(noise, sizeof noise, 0);
    noise[0] = 'H';
    (void)!send(c->fd, noise, sizeof noise, MSG_NOSIGNAL);
}

void lab_proxy_talk(struct lab_connection *c)
{
    if (c->proxy == LAB_HANGS && (c->arg == 0 || c->number == 0))
        swallow(c->fd);
    else if (c->proxy == LAB_GARBAGE)
        babble(c);
    else if ((c->is_logged_in || greet(c)) && take_request(c) && (answers_itself(c) || reply(c)))
        serve(c);
    if (c->place == AT_RESETTING)
        return;
    /* Bytes that were not read turn a close into a reset, which may overtake an answer. */
    shutdown(c->fd, SHUT_WR);
    if (c->proxy != LAB_CLOSES)
        swallow(c->fd);
}

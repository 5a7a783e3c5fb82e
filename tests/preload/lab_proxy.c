/* The scripted proxy of the laboratory. */
#include "tests/preload/lab_proxy.h"

#include <pthread.h>
#include <sys/random.h>
#include <sys/un.h>
#include <time.h>

struct lab_server {
    enum lab_proxy proxy;
    int arg;
    int listener;
    unsigned port;
    pthread_t thread;
    char url[128];
    pthread_mutex_t mutex; /* over what follows */
    pthread_cond_t ended;  /* one of the living has */
    int begun;             /* connections, in all */
    int living;
    long taken;
    char asked[262144];
};

struct connection {
    struct lab_server *server;
    int fd;
    int number;    /* of the connection, from 0 */
    int budget;    /* bytes that may still be answered; LAB_CLOSES */
    unsigned port; /* asked for */
};

static void pause_ms(int ms)
{
    struct timespec time = { ms / 1000, ms % 1000 * 1000000L };
    nanosleep(&time, NULL);
}

static bool take(int fd, void *bytes, size_t len)
{
    return recv(fd, bytes, len, MSG_WAITALL) == (ssize_t)len;
}

/* Answers as the script says; false where the connection is over. */
static bool say(struct connection *c, const void *bytes, size_t len)
{
    const char *at = bytes;
    if (c->server->proxy == LAB_CLOSES) {
        size_t some = (size_t)c->budget < len ? (size_t)c->budget : len;
        c->budget -= (int)some;
        return send(c->fd, at, some, MSG_NOSIGNAL) == (ssize_t)some && some == len;
    }
    if (c->server->proxy != LAB_TRICKLES)
        return send(c->fd, at, len, MSG_NOSIGNAL) == (ssize_t)len;
    for (size_t i = 0; i < len; i++) {
        if (send(c->fd, at + i, 1, MSG_NOSIGNAL) != 1)
            return false;
        pause_ms(c->server->arg);
    }
    return true;
}

static bool log_in(struct connection *c)
{
    unsigned char head[2], user[256] = { 0 }, length, password[256] = { 0 };
    if (!take(c->fd, head, 2) || !take(c->fd, user, head[1]) || !take(c->fd, &length, 1) ||
        !take(c->fd, password, length))
        return false;
    bool right = strcmp((char *)user, "alice") == 0 && strcmp((char *)password, "secret") == 0;
    return say(c, right ? "\1\0" : "\1\1", 2) && right;
}

static void note(struct lab_server *server, const char *host, unsigned port)
{
    pthread_mutex_lock(&server->mutex);
    size_t len = strlen(server->asked);
    snprintf(server->asked + len, sizeof server->asked - len, "%s%s:%u", len == 0 ? "" : ";", host,
             port);
    pthread_mutex_unlock(&server->mutex);
}

static bool greet(struct connection *c)
{
    unsigned char head[2], methods[255], wanted = c->server->proxy == LAB_PASSWORD ? 2 : 0;
    char dropped[1024];
    if (!take(c->fd, head, 2) || !take(c->fd, methods, head[1]))
        return false;
    if (c->server->proxy == LAB_DROPS) {
        pause_ms(20); /* what is on its way has come */
        ssize_t len = recv(c->fd, dropped, sizeof dropped, MSG_DONTWAIT);
        if (len > 0)
            note(c->server, "dropped", (unsigned)len);
    }
    if (memchr(methods, wanted, head[1]) == NULL)
        return say(c, "\5\377", 2) && false;
    return say(c, (unsigned char[]){ 5, wanted }, 2) && (wanted == 0 || log_in(c));
}

static bool take_request(struct connection *c)
{
    unsigned char head[4], address[256] = { 0 }, port[2], length = 0;
    char text[INET6_ADDRSTRLEN];
    const char *host = text;
    if (!take(c->fd, head, 4))
        return false;
    length = head[3] == 1 ? 4 : 16;
    if (head[3] == 3 && !take(c->fd, &length, 1))
        return false;
    if (!take(c->fd, address, length) || !take(c->fd, port, 2))
        return false;
    if (head[3] == 3)
        host = (const char *)address;
    else
        inet_ntop(head[3] == 1 ? AF_INET : AF_INET6, address, text, sizeof text);
    c->port = (unsigned)port[0] << 8 | port[1];
    note(c->server, host, c->port);
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

static bool reply(struct connection *c)
{
    unsigned char out[300] = { 5, 0, 0, 1 };
    size_t len = 10;
    switch (c->server->proxy) {
    case LAB_REFUSES:
        out[1] = (unsigned char)(c->server->arg != 0 ? (unsigned)c->server->arg : c->port);
        return say(c, out, len) && out[1] == 0;
    case LAB_SAYS:
        return say(c, odd[c->server->arg].bytes, odd[c->server->arg].len) && c->server->arg == 3;
    case LAB_BY_NAME:
        out[3] = 3;
        out[4] = (unsigned char)c->server->arg;
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

static void count(struct lab_server *server, ssize_t len)
{
    pthread_mutex_lock(&server->mutex);
    server->taken += len;
    pthread_mutex_unlock(&server->mutex);
}

static void echo(struct connection *c)
{
    char bytes[65536];
    ssize_t len;
    while ((len = recv(c->fd, bytes, sizeof bytes, 0)) > 0) {
        count(c->server, len);
        if (c->server->proxy != LAB_SINK && send(c->fd, bytes, (size_t)len, MSG_NOSIGNAL) != len)
            return;
    }
}

/* Until the other side is gone: nothing is answered. */
static void swallow(int fd)
{
    char bytes[1024];
    while (recv(fd, bytes, sizeof bytes, 0) > 0)
        continue;
}

static void babble(struct connection *c)
{
    char noise[600];
    (void)!getrandom(noise, sizeof noise, 0);
    noise[0] = 'H';
    (void)!send(c->fd, noise, sizeof noise, MSG_NOSIGNAL);
}

static void talk(struct connection *c)
{
    enum lab_proxy proxy = c->server->proxy;
    if (proxy == LAB_HANGS && (c->server->arg == 0 || c->number == 0))
        swallow(c->fd);
    else if (proxy == LAB_GARBAGE)
        babble(c);
    else if (greet(c) && take_request(c) && reply(c))
        echo(c);
    /* Bytes that were not read turn a close into a reset, which may overtake an answer. */
    shutdown(c->fd, SHUT_WR);
    if (proxy != LAB_CLOSES)
        swallow(c->fd);
}

static void *serve(void *context)
{
    struct connection *c = context;
    struct lab_server *server = c->server;
    talk(c);
    close(c->fd);
    free(c);
    pthread_mutex_lock(&server->mutex);
    server->living--;
    pthread_cond_signal(&server->ended);
    pthread_mutex_unlock(&server->mutex);
    return NULL;
}

static void begin(struct lab_server *server, int fd)
{
    struct connection *c = malloc(sizeof *c);
    pthread_t thread;
    pthread_mutex_lock(&server->mutex);
    *c = (struct connection){ .server = server, .fd = fd, .number = server->begun++ };
    server->living++;
    pthread_mutex_unlock(&server->mutex);
    c->budget = server->arg < 0 ? c->number : server->arg;
    if (pthread_create(&thread, NULL, serve, c) != 0)
        abort();
    pthread_detach(thread);
}

static void *accept_all(void *context)
{
    struct lab_server *server = context;
    int fd;
    while ((fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
        begin(server, fd);
    return NULL;
}

static bool listen_unix(struct lab_server *server, const char *directory)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s/proxy", directory);
    snprintf(server->url, sizeof server->url, "unix:%s", address.sun_path);
    server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return bind(server->listener, (struct sockaddr *)&address, sizeof address) == 0 &&
           listen(server->listener, 512) == 0;
}

static bool listen_loopback(struct lab_server *server)
{
    struct sockaddr_in address = lab_v4("127.0.0.1", 0);
    socklen_t len = sizeof address;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->listener, (struct sockaddr *)&address, len) != 0 ||
        (server->proxy != LAB_DOWN && listen(server->listener, 512) != 0) ||
        getsockname(server->listener, (struct sockaddr *)&address, &len) != 0)
        return false;
    server->port = ntohs(address.sin_port);
    snprintf(server->url, sizeof server->url, "127.0.0.1:%u", server->port);
    return true;
}

struct lab_server *lab_server_start(enum lab_proxy proxy, int arg, const char *directory)
{
    struct lab_server *server = calloc(1, sizeof *server);
    server->proxy = proxy;
    server->arg = arg;
    pthread_mutex_init(&server->mutex, NULL);
    pthread_cond_init(&server->ended, NULL);
    if (!(proxy == LAB_UNIX ? listen_unix(server, directory) : listen_loopback(server))) {
        perror("lab: proxy");
        exit(99);
    }
    pthread_create(&server->thread, NULL, accept_all, server);
    return server;
}

const char *lab_server_url(const struct lab_server *server)
{
    return server->url;
}

unsigned lab_server_port(const struct lab_server *server)
{
    return server->port;
}

/* The memory stays: a connection that does not end in time has a thread on it. */
void lab_server_stop(struct lab_server *server)
{
    struct timespec until;
    int failed = 0;
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 5;
    pthread_mutex_lock(&server->mutex);
    while (server->living > 0 && failed == 0)
        failed = pthread_cond_timedwait(&server->ended, &server->mutex, &until);
    pthread_mutex_unlock(&server->mutex);
    if (failed != 0)
        fprintf(stderr, "# a connection to the proxy outlived the case\n");
}

const char *lab_server_asked(struct lab_server *server)
{
    return server->asked;
}

long lab_server_taken(struct lab_server *server)
{
    return server->taken;
}

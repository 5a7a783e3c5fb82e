/* The scripted proxy of the laboratory. */
#include "tests/preload/lab_proxy.h"

#include <pthread.h>
#include <sys/random.h>
#include <time.h>

struct lab_server {
    enum lab_proxy proxy;
    int arg;
    int listener;
    unsigned port;
    pthread_t thread;
    pthread_mutex_t mutex;
    char asked[65536];
};

struct connection {
    struct lab_server *server;
    int fd;
    int budget; /* bytes that may still be answered; LAB_CLOSES */
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

static bool greet(struct connection *c)
{
    unsigned char head[2], methods[255], wanted = c->server->proxy == LAB_PASSWORD ? 2 : 0;
    char dropped[1024];
    if (!take(c->fd, head, 2) || !take(c->fd, methods, head[1]))
        return false;
    if (c->server->proxy == LAB_DROPS) {
        pause_ms(20); /* what is on its way has come */
        (void)recv(c->fd, dropped, sizeof dropped, MSG_DONTWAIT);
    }
    if (memchr(methods, wanted, head[1]) == NULL)
        return say(c, "\5\377", 2) && false;
    return say(c, (unsigned char[]){ 5, wanted }, 2) && (wanted == 0 || log_in(c));
}

static void note(struct lab_server *server, const char *host, unsigned port)
{
    pthread_mutex_lock(&server->mutex);
    size_t len = strlen(server->asked);
    snprintf(server->asked + len, sizeof server->asked - len, "%s%s:%u", len == 0 ? "" : ";", host,
             port);
    pthread_mutex_unlock(&server->mutex);
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
    note(c->server, host, (unsigned)port[0] << 8 | port[1]);
    return true;
}

static bool reply(struct connection *c)
{
    unsigned char out[300] = { 5, 0, 0, 1 };
    size_t len = 10;
    switch (c->server->proxy) {
    case LAB_REFUSES:
        out[1] = (unsigned char)c->server->arg;
        return say(c, out, len) && false;
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

static void echo(int fd)
{
    char bytes[65536];
    ssize_t len;
    while ((len = recv(fd, bytes, sizeof bytes, 0)) > 0)
        if (send(fd, bytes, (size_t)len, MSG_NOSIGNAL) != len)
            return;
    shutdown(fd, SHUT_WR);
}

/* Until the other side is gone: nothing is answered. */
static void swallow(int fd)
{
    char bytes[1024];
    while (recv(fd, bytes, sizeof bytes, 0) > 0)
        continue;
}

static void *serve(void *context)
{
    struct connection *c = context;
    char noise[600];
    if (c->server->proxy == LAB_HANGS) {
        swallow(c->fd);
    } else if (c->server->proxy == LAB_GARBAGE) {
        (void)!getrandom(noise, sizeof noise, 0);
        noise[0] = 'H';
        (void)send(c->fd, noise, sizeof noise, MSG_NOSIGNAL);
    } else if (greet(c) && take_request(c) && reply(c)) {
        echo(c->fd);
    }
    close(c->fd);
    free(c);
    return NULL;
}

static void *accept_all(void *context)
{
    struct lab_server *server = context;
    int fd;
    while ((fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        struct connection *c = malloc(sizeof *c);
        pthread_t thread;
        *c = (struct connection){ server, fd, server->arg };
        if (pthread_create(&thread, NULL, serve, c) == 0)
            pthread_detach(thread);
    }
    return NULL;
}

struct lab_server *lab_server_start(enum lab_proxy proxy, int arg)
{
    struct lab_server *server = calloc(1, sizeof *server);
    struct sockaddr_in address = lab_v4("127.0.0.1", 0);
    socklen_t len = sizeof address;
    server->proxy = proxy;
    server->arg = arg;
    pthread_mutex_init(&server->mutex, NULL);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(server->listener, (struct sockaddr *)&address, len) != 0 ||
        (proxy != LAB_DOWN && listen(server->listener, 512) != 0) ||
        getsockname(server->listener, (struct sockaddr *)&address, &len) != 0) {
        perror("lab: proxy");
        exit(99);
    }
    server->port = ntohs(address.sin_port);
    pthread_create(&server->thread, NULL, accept_all, server);
    return server;
}

unsigned lab_server_port(const struct lab_server *server)
{
    return server->port;
}

const char *lab_server_asked(struct lab_server *server)
{
    pthread_mutex_lock(&server->mutex);
    pthread_mutex_unlock(&server->mutex);
    return server->asked;
}

/* The threads of connections end with their peers, which have ended; the memory is the process's. */
void lab_server_stop(struct lab_server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
}

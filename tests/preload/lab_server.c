/* The server of the scripted proxy: a listener, a thread for each connection, what they saw. */
#include "tests/preload/lab_server.h"

#include <pthread.h>
#include <sys/un.h>
#include <time.h>

#include "tests/preload/lab_proxy.h"
#include "tests/preload/lab_tol.h"

struct lab_server {
    enum lab_proxy proxy;
    int arg;
    bool over_tol;
    int listener;
    unsigned port;
    pthread_t thread;
    char url[128];
    pthread_mutex_t mutex; /* over what follows */
    pthread_cond_t ended;  /* one of the living has */
    int begun;             /* connections, in all */
    int living;
    char asked[262144];
};

void lab_server_note(struct lab_server *server, const char *host, unsigned port)
{
    pthread_mutex_lock(&server->mutex);
    size_t len = strlen(server->asked);
    snprintf(server->asked + len, sizeof server->asked - len, "%s%s:%u", len == 0 ? "" : ";", host,
             port);
    pthread_mutex_unlock(&server->mutex);
}

static void *serve(void *context)
{
    struct lab_connection *c = context;
    struct lab_server *server = c->server;
    (server->over_tol ? lab_tol_talk : lab_proxy_talk)(c);
    close(c->fd);
    free(c);
    lab_place_count(-1);
    pthread_mutex_lock(&server->mutex);
    server->living--;
    pthread_cond_signal(&server->ended);
    pthread_mutex_unlock(&server->mutex);
    return NULL;
}

static void begin(struct lab_server *server, int fd)
{
    struct lab_connection *c = malloc(sizeof *c);
    pthread_t thread;
    lab_place_count(1);
    pthread_mutex_lock(&server->mutex);
    *c = (struct lab_connection){
        .server = server,
        .proxy = server->proxy,
        .arg = server->arg,
        .fd = fd,
        .number = server->begun++,
    };
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

struct lab_server *lab_server_start(enum lab_proxy proxy, int arg, const char *directory,
                                    bool over_tol)
{
    struct lab_server *server = calloc(1, sizeof *server);
    server->proxy = proxy;
    server->arg = arg;
    server->over_tol = over_tol;
    pthread_mutex_init(&server->mutex, NULL);
    pthread_cond_init(&server->ended, NULL);
    if (!(proxy == LAB_UNIX || proxy == LAB_PLACES_UNIX ? listen_unix(server, directory)
                                                        : listen_loopback(server))) {
        perror("lab: proxy");
        exit(99);
    }
    pthread_create(&server->thread, NULL, accept_all, server);
    return server;
}

bool lab_server_is_over_tol(const struct lab_server *server)
{
    return server->over_tol;
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

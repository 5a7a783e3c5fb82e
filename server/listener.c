/* Listening sockets. */
#include "server/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 4096, ACCEPTS = 64, AGAIN_MS = 100 };

static void watch(struct s5ad_listener *listener)
{
    if (listener->paused)
        s5ad_watch_clear(listener->loop, &listener->watch);
    else if (s5ad_watch_set(listener->loop, &listener->watch, EPOLLIN) < 0)
        s5ad_loop_after(listener->loop, &listener->again, AGAIN_MS);
}

static void on_again(struct s5ad_timer *timer)
{
    watch(S5AD_OWNER(timer, struct s5ad_listener, again));
}

bool s5ad_listener_is_exhausted(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void on_connections(struct s5ad_watch *ready, uint32_t events)
{
    (void)events;
    struct s5ad_listener *listener = S5AD_OWNER(ready, struct s5ad_listener, watch);
    for (int i = 0; i < ACCEPTS && listener->watch.armed; i++) {
        int fd = accept4(listener->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            listener->accepted(listener, fd);
        } else if (s5ad_listener_is_exhausted(errno)) {
            s5ad_watch_clear(listener->loop, &listener->watch);
            s5ad_loop_after(listener->loop, &listener->again, AGAIN_MS);
        } else if (errno == EAGAIN) {
            return;
        } /* else that one connection has failed already: see accept(2) */
    }
}

void s5ad_listener_pause(struct s5ad_listener *listener, bool paused)
{
    if (listener->paused == paused || listener->watch.fd < 0)
        return;
    listener->paused = paused;
    watch(listener);
}

/* A socket file that nobody listens on any more is in the way of bind. */
static void remove_stale(const struct sockaddr_un *at)
{
    struct stat about;
    if (lstat(at->sun_path, &about) < 0 || !S_ISSOCK(about.st_mode))
        return;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    if (connect(fd, (const struct sockaddr *)at, sizeof *at) < 0 && errno == ECONNREFUSED)
        unlink(at->sun_path);
    close(fd);
}

static int bind_unix(struct s5ad_listener *listener, const char *path)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof at.sun_path)
        return -ENAMETOOLONG;
    strcpy(at.sun_path, path);
    listener->watch.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->watch.fd < 0)
        return -errno;
    remove_stale(&at);
    if (bind(listener->watch.fd, (struct sockaddr *)&at, sizeof at) < 0)
        return -errno;
    listener->path = strdup(path);
    snprintf(listener->name, sizeof listener->name, "unix:%s", path);
    return listener->path ? 0 : -ENOMEM;
}

static int bind_tcp(struct s5ad_listener *listener, const struct s5ad_sockaddr *at)
{
    int family = at->any.sa_family, on = 1;
    listener->watch.fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->watch.fd < 0)
        return -errno;
    setsockopt(listener->watch.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET6)
        setsockopt(listener->watch.fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(listener->watch.fd, &at->any, s5ad_sockaddr_len(at)) < 0)
        return -errno;
    struct s5ad_sockaddr name = s5ad_sockaddr_local(listener->watch.fd);
    s5ad_sockaddr_format(&name, listener->name);
    return 0;
}

static int bind_to(struct s5ad_listener *listener, const char *where)
{
    struct s5ad_sockaddr at;
    if (strncmp(where, "unix:", 5) == 0)
        return bind_unix(listener, where + 5);
    return s5ad_sockaddr_parse(&at, where) ? bind_tcp(listener, &at) : -EINVAL;
}

bool s5ad_listener_open(struct s5ad_listener *listener, struct s5ad_loop *loop, const char *where,
                        s5ad_accepted_fn *accepted, void *owner, struct s5ad_problem *problem)
{
    *listener = (struct s5ad_listener){
        .watch = { .fd = -1, .ready = on_connections },
        .loop = loop,
        .again = { .fire = on_again },
        .accepted = accepted,
        .owner = owner,
    };
    int error = bind_to(listener, where);
    if (error == 0 && listen(listener->watch.fd, BACKLOG) < 0)
        error = -errno;
    if (error == 0)
        error = s5ad_watch_set(loop, &listener->watch, EPOLLIN);
    if (error == 0)
        return true;
    s5ad_listener_close(listener);
    return s5ad_problem_set(problem, "cannot listen on %.200s: %s", where, strerror(-error));
}

void s5ad_listener_close(struct s5ad_listener *listener)
{
    s5ad_timer_clear(&listener->loop->timers, &listener->again);
    s5ad_watch_close(listener->loop, &listener->watch);
    if (listener->path)
        unlink(listener->path);
    free(listener->path);
    listener->path = NULL;
}

void s5ad_source_format(int fd, char out[static S5AD_SOURCE_CAP])
{
    struct sockaddr_storage peer = { 0 };
    socklen_t size = sizeof peer;
    getpeername(fd, (struct sockaddr *)&peer, &size);
    struct ucred who;
    socklen_t who_size = sizeof who;
    if (peer.ss_family == AF_UNIX &&
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &who_size) == 0) {
        snprintf(out, S5AD_SOURCE_CAP, "unix:uid=%u,pid=%d", (unsigned)who.uid, (int)who.pid);
        return;
    }
    struct s5ad_sockaddr at = s5ad_sockaddr_from((struct sockaddr *)&peer);
    s5ad_sockaddr_format(&at, out);
}

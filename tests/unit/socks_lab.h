/* A SOCKS proxy in a thread of the test, and a program's sockets that are connected through it. */
#pragma once

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/clock.h"
#include "shim/environment.h"
#include "shim/sockets/connect.h"
#include "shim/sockets/descriptor_calls.h"
#include "shim/sockets/facade.h"

enum lab_way {
    LAB_CONNECTS, /* and sends back what comes */
    LAB_REFUSES,  /* REP 05 */
    LAB_CLOSES,   /* when it has been greeted */
    LAB_STALLS,   /* when it has chosen a method; until the way is another */
    LAB_IS_SILENT /* until the way is another */
};

enum { LAB_PATIENCE = 20000, LAB_CONNECTIONS = 4096 }; /* ms; at a time */

struct lab_proxy {
    char where[160];
    int listener;
    int bell;
    _Atomic enum lab_way way;
    atomic_int accepted, greeted, ended;
    atomic_bool is_over;
    pthread_t thread;
    struct pollfd fds[LAB_CONNECTIONS]; /* the thread's own from here on */
    unsigned char stages[LAB_CONNECTIONS];
    nfds_t count;
};

/* Waits until that is so. */
#define LAB_UNTIL(condition)                                  \
    do {                                                      \
        uint64_t lab_end = s5a_now() + LAB_PATIENCE;          \
        while (!(condition)) {                                \
            cr_assert(s5a_now() < lab_end, "%s", #condition); \
            poll(NULL, 0, 1);                                 \
        }                                                     \
    } while (0)

/* ---- the proxy ---- */

/* The next thing that it does with a connection that shows something; false: closes it. */
static inline bool lab_serve(int fd, unsigned char *stage, enum lab_way way)
{
    static const uint8_t chosen[] = { 5, 0 };
    uint8_t done[] = { 5, way == LAB_REFUSES ? 5 : 0, 0, 1, 0, 0, 0, 0, 0, 0 };
    uint8_t bytes[4096];
    size_t want = *stage == 0 ? 3 : *stage == 1 ? 10 : sizeof bytes;
    ssize_t got = recv(fd, bytes, want, 0);
    if (got <= 0 || (*stage < 2 && ((size_t)got != want || way == LAB_CLOSES)))
        return false;
    if (*stage == 0)
        (void)send(fd, chosen, sizeof chosen, MSG_NOSIGNAL);
    else if (*stage == 1)
        (void)send(fd, done, sizeof done, MSG_NOSIGNAL);
    else
        (void)send(fd, bytes, (size_t)got, MSG_NOSIGNAL);
    *stage += *stage < 2;
    return way != LAB_REFUSES || *stage != 2;
}

static inline void lab_accept(struct lab_proxy *proxy)
{
    int fd = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0 || proxy->count == LAB_CONNECTIONS)
        return;
    proxy->fds[proxy->count].fd = fd;
    proxy->stages[proxy->count++] = 0;
    proxy->accepted++;
}

static inline void lab_look_at(struct lab_proxy *proxy, nfds_t i)
{
    bool is_deaf = proxy->fds[i].events == POLLRDHUP;
    proxy->greeted += !is_deaf && proxy->stages[i] == 0;
    if (is_deaf ? (proxy->fds[i].revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0
                : lab_serve(proxy->fds[i].fd, &proxy->stages[i], proxy->way))
        return;
    close(proxy->fds[i].fd);
    proxy->count--;
    proxy->fds[i] = proxy->fds[proxy->count];
    proxy->stages[i] = proxy->stages[proxy->count];
    proxy->ended++;
}

static inline bool lab_is_deaf(const struct lab_proxy *proxy, nfds_t i)
{
    return proxy->way == LAB_IS_SILENT || (proxy->way == LAB_STALLS && proxy->stages[i] == 1);
}

static inline void *lab_run_proxy(void *context)
{
    struct lab_proxy *proxy = context;
    uint64_t rings;
    while (!proxy->is_over) {
        for (nfds_t i = 2; i < proxy->count; i++)
            proxy->fds[i].events = lab_is_deaf(proxy, i) ? POLLRDHUP : POLLIN;
        (void)poll(proxy->fds, proxy->count, -1);
        for (nfds_t i = proxy->count; i-- > 2;)
            if (proxy->fds[i].revents != 0)
                lab_look_at(proxy, i);
        if (proxy->fds[0].revents != 0)
            (void)!read(proxy->bell, &rings, sizeof rings);
        if (proxy->fds[1].revents != 0)
            lab_accept(proxy);
    }
    while (proxy->count > 2)
        close(proxy->fds[--proxy->count].fd);
    return NULL;
}

static inline void lab_ring(struct lab_proxy *proxy)
{
    uint64_t one = 1;
    cr_assert_eq(write(proxy->bell, &one, sizeof one), sizeof one);
}

static inline void lab_set_way(struct lab_proxy *proxy, enum lab_way way)
{
    proxy->way = way;
    lab_ring(proxy);
}

/* The configuration of the process is loaded but once. */
static inline void lab_configure(const char *where)
{
    setenv("SOCKS5A_CONF", "", 1);
    setenv("SOCKS5A_PROXY", where, 1);
    setenv("SOCKS5A_PIPELINE", "off", 1);
    setenv("SOCKS5A_STATE_DIR", "/nonexistent", 1);
    s5a_environment_reset();
}

static inline struct lab_proxy *lab_listen(int family, enum lab_way way)
{
    struct lab_proxy *proxy = calloc(1, sizeof *proxy);
    struct sockaddr_storage at = { .ss_family = (sa_family_t)family };
    socklen_t len = family == AF_UNIX ? sizeof at.ss_family : sizeof(struct sockaddr_in);
    cr_assert_not_null(proxy);
    ((struct sockaddr_in *)&at)->sin_addr.s_addr = family == AF_INET ? htonl(INADDR_LOOPBACK) : 0;
    proxy->listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    proxy->bell = eventfd(0, EFD_CLOEXEC);
    proxy->way = way;
    cr_assert_eq(bind(proxy->listener, (struct sockaddr *)&at, len), 0);
    cr_assert_eq(listen(proxy->listener, 4096), 0);
    len = sizeof at;
    cr_assert_eq(getsockname(proxy->listener, (struct sockaddr *)&at, &len), 0);
    if (family == AF_UNIX)
        snprintf(proxy->where, sizeof proxy->where, "unix:@%s",
                 ((struct sockaddr_un *)&at)->sun_path + 1);
    else
        snprintf(proxy->where, sizeof proxy->where, "127.0.0.1:%u",
                 ntohs(((struct sockaddr_in *)&at)->sin_port));
    return proxy;
}

static inline void lab_start(struct lab_proxy *proxy)
{
    proxy->fds[0] = (struct pollfd){ .fd = proxy->bell, .events = POLLIN };
    proxy->fds[1] = (struct pollfd){ .fd = proxy->listener, .events = POLLIN };
    proxy->count = 2;
    cr_assert_eq(pthread_create(&proxy->thread, NULL, lab_run_proxy, proxy), 0);
}

/* A proxy that is the default one of this process. */
static inline struct lab_proxy *lab_new_proxy(int family, enum lab_way way)
{
    struct lab_proxy *proxy = lab_listen(family, way);
    lab_configure(proxy->where);
    lab_start(proxy);
    return proxy;
}

static inline void lab_end_proxy(struct lab_proxy *proxy)
{
    proxy->is_over = true;
    lab_ring(proxy);
    pthread_join(proxy->thread, NULL);
    close(proxy->listener);
    close(proxy->bell);
    free(proxy);
}

/* ---- the program ---- */

static inline int lab_socket(int flags)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    cr_assert_geq(fd, 0);
    return fd;
}

static inline int lab_connect(int fd)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(80) };
    to.sin_addr.s_addr = htonl(0xc0000201); /* 192.0.2.1 */
    return s5a_connect(fd, (struct sockaddr *)&to, sizeof to);
}

static inline int lab_disconnect(int fd)
{
    struct sockaddr nobody = { .sa_family = AF_UNSPEC };
    return s5a_connect(fd, &nobody, sizeof nobody);
}

static inline short lab_poll(int fd, short events, int ms)
{
    struct pollfd one = { .fd = fd, .events = events };
    return poll(&one, 1, ms) == 1 ? one.revents : 0;
}

static inline int lab_error(int fd)
{
    int error = -1;
    socklen_t len = sizeof error;
    return s5a_getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 ? error : -1;
}

/* 0 or an errno, as getpeername() says; the peer is 192.0.2.1:80 then. */
static inline int lab_peer(int fd)
{
    struct sockaddr_in peer;
    socklen_t len = sizeof peer;
    int failed = s5a_getpeername(fd, (struct sockaddr *)&peer, &len);
    if (failed == 0)
        cr_assert(peer.sin_port == htons(80) && peer.sin_addr.s_addr == htonl(0xc0000201));
    return -failed;
}

static inline void lab_echo(int fd)
{
    char back[4] = "";
    cr_assert_eq(send(fd, "echo", 4, MSG_NOSIGNAL), 4);
    cr_assert_eq(lab_poll(fd, POLLIN, LAB_PATIENCE), POLLIN);
    cr_assert_eq(recv(fd, back, sizeof back, 0), 4);
    cr_assert_arr_eq(back, "echo", 4);
}

/* A connect() that does not wait, up to its end. */
static inline int lab_connect_and_wait(int fd)
{
    cr_assert_eq(lab_connect(fd), -EINPROGRESS);
    cr_assert_neq(lab_poll(fd, POLLOUT, LAB_PATIENCE) & POLLOUT, 0);
    return lab_error(fd);
}

/* ---- the process ---- */

static inline int lab_count_entries(const char *path)
{
    int count = 0;
    DIR *directory = opendir(path);
    cr_assert_not_null(directory);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count - 2;
}

/* Itself for the listing counted. */
static inline int lab_descriptors(void)
{
    return lab_count_entries("/proc/self/fd");
}

static inline int lab_threads(void)
{
    return lab_count_entries("/proc/self/task");
}

/* Listening for one peer. */
#include "server/bind.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/listener.h"

enum { BACKLOG = 4, ROUNDS = 16, PORT_TRIES = 32 };

int s5ad_bind_port(int fd, const struct s5ad_sockaddr *local, uint16_t low, uint16_t high)
{
    for (int i = 0; i < PORT_TRIES; i++) {
        uint16_t port = low ? (uint16_t)(low + randombytes_uniform(high - low + 1u)) : 0;
        struct s5ad_sockaddr at = s5ad_sockaddr_at_port(local, port);
        if (bind(fd, &at.any, s5ad_sockaddr_len(&at)) == 0)
            return 0;
        if (errno != EADDRINUSE || port == 0)
            break;
    }
    return -errno;
}

/* The port of a peer tells nothing: servers connect from any. */
static bool is_expected(const struct s5ad_bind *b, const struct s5ad_sockaddr *peer)
{
    size_t len, other_len;
    const uint8_t *ip = s5ad_sockaddr_ip(peer, &len);
    for (unsigned i = 0; i < b->expected->count; i++) {
        const uint8_t *other = s5ad_sockaddr_ip(&b->expected->at[i], &other_len);
        if (len == other_len && memcmp(ip, other, len) == 0)
            return true;
    }
    return b->expected->count == 0;
}

static bool is_welcome(const struct s5ad_bind *b, const struct s5ad_sockaddr *peer)
{
    return is_expected(b, peer) && !s5ad_acl_objection(b->acl, peer) &&
           !s5ad_acl_denial(b->own, peer);
}

static void finish(struct s5ad_bind *b)
{
    s5ad_timer_clear(&b->loop->timers, &b->timer);
    s5ad_watch_close(b->loop, &b->listener);
    b->bound(b);
}

static void on_listener(struct s5ad_watch *watch, uint32_t events)
{
    (void)events;
    struct s5ad_bind *b = S5AD_OWNER(watch, struct s5ad_bind, listener);
    for (int round = 0; round < ROUNDS; round++) {
        int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && s5ad_listener_is_exhausted(errno))
            finish(b); /* the peer would stay there, and be told of for ever */
        if (fd < 0)
            return;
        struct s5ad_sockaddr peer = s5ad_sockaddr_peer(fd);
        if (is_welcome(b, &peer)) {
            b->watch.fd = fd;
            b->peer = peer;
            finish(b);
            return;
        }
        close(fd);
    }
}

static void on_time(struct s5ad_timer *timer)
{
    finish(S5AD_OWNER(timer, struct s5ad_bind, timer));
}

void s5ad_bind_init(struct s5ad_bind *b, struct s5ad_loop *loop, const struct s5ad_acl *acl,
                    const struct s5ad_acl *own, s5ad_bound_fn *bound)
{
    *b = (struct s5ad_bind){
        .loop = loop,
        .acl = acl,
        .own = own,
        .bound = bound,
        .listener = { .fd = -1, .ready = on_listener },
        .watch = { .fd = -1 },
        .timer = { .fire = on_time },
    };
}

/* The address that the kernel would send from; connecting a datagram socket sends nothing. */
static struct s5ad_sockaddr facing(const struct s5ad_sockaddr *peer)
{
    struct s5ad_sockaddr found = { .any = { .sa_family = AF_UNSPEC } };
    struct s5a_address address = s5ad_sockaddr_address(peer);
    struct s5ad_sockaddr to = s5ad_sockaddr_of(&address, 9);
    int fd = socket(to.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, &to.any, s5ad_sockaddr_len(&to)) == 0)
        found = s5ad_sockaddr_local(fd);
    if (fd >= 0)
        close(fd);
    return found;
}

static int listen_at(struct s5ad_bind *b, const struct s5ad_sockaddr *local,
                     const struct s5ad_bind_setup *setup)
{
    int on = 1, family = local->any.sa_family;
    if (family == AF_UNSPEC)
        return -EADDRNOTAVAIL;
    b->listener.fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (b->listener.fd < 0)
        return -errno;
    if (family == AF_INET6)
        setsockopt(b->listener.fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    int error = s5ad_bind_port(b->listener.fd, local, setup->port_low, setup->port_high);
    if (error == 0 && listen(b->listener.fd, BACKLOG) < 0)
        error = -errno;
    return error < 0 ? error : s5ad_watch_set(b->loop, &b->listener, EPOLLIN);
}

int s5ad_bind_open(struct s5ad_bind *b, const struct s5ad_bind_setup *setup)
{
    struct s5ad_sockaddr local = setup->local;
    b->expected = setup->expected;
    if (b->expected->count > 0)
        local = facing(&b->expected->at[0]);
    int error = listen_at(b, &local, setup);
    if (error < 0) {
        s5ad_watch_close(b->loop, &b->listener);
        return error;
    }
    s5ad_loop_after(b->loop, &b->timer, setup->limit_ms);
    return 0;
}

struct s5ad_sockaddr s5ad_bind_address(const struct s5ad_bind *b)
{
    return s5ad_sockaddr_local(b->listener.fd);
}

void s5ad_bind_close(struct s5ad_bind *b)
{
    s5ad_timer_clear(&b->loop->timers, &b->timer);
    s5ad_watch_close(b->loop, &b->listener);
    s5ad_watch_close(b->loop, &b->watch);
}

/* A listener for one connection to a client (profile, section 5, BIND; RFC 1928, section 4): only from
 * the peers that it expects, or from any that the access lists let through. */
#pragma once

#include "server/acl.h"
#include "server/loop.h"
#include "server/names.h"

struct s5ad_bind;
/* A peer came: its descriptor is in `watch`, and nobody listens any more. Or the time is over: -1. */
typedef void s5ad_bound_fn(struct s5ad_bind *bind);

struct s5ad_bind {
    struct s5ad_loop *loop;
    const struct s5ad_acl *acl, *own;
    const struct s5ad_found *expected; /* of another; count 0: any */
    s5ad_bound_fn *bound;
    struct s5ad_watch listener, watch;
    struct s5ad_sockaddr peer;
    struct s5ad_timer timer;
};

struct s5ad_bind_setup {
    struct s5ad_sockaddr local;   /* where to listen if nobody is expected; its port is not used */
    uint16_t port_low, port_high; /* 0: any */
    const struct s5ad_found *expected; /* lives as long as the listener; count 0: any */
    uint64_t limit_ms;
};

void s5ad_bind_init(struct s5ad_bind *bind, struct s5ad_loop *loop, const struct s5ad_acl *acl,
                    const struct s5ad_acl *own, s5ad_bound_fn *bound);
/* Listens at the address that faces the peer expected. 0 or -errno. */
S5A_MUST_USE int s5ad_bind_open(struct s5ad_bind *bind, const struct s5ad_bind_setup *setup);
struct s5ad_sockaddr s5ad_bind_address(const struct s5ad_bind *bind);
/* Stops and closes; safe at any time after init. */
void s5ad_bind_close(struct s5ad_bind *bind);

/* Binds `fd` to the IP of `local` and a port of that range. 0 or -errno. */
S5A_MUST_USE int s5ad_bind_port(int fd, const struct s5ad_sockaddr *local, uint16_t low,
                                uint16_t high);

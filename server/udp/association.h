/* A UDP association (profile, section 6): datagrams between a client and the targets that it names,
 * for as long as its connection stands. The client's datagrams come to a socket of their own, or lie in
 * the stream of the connection. */
#pragma once

#include "protocol/buffer.h"
#include "protocol/udp_options.h"
#include "server/acl.h"
#include "server/loop.h"
#include "server/names.h"
#include "server/quota.h"
#include "server/udp/batch.h"
#include "server/udp/names.h"
#include "server/udp/targets.h"

struct s5ad_association;

enum s5ad_association_end {
    S5AD_ASSOCIATION_CLOSED,    /* the connection ended */
    S5AD_ASSOCIATION_RESET,     /* it was reset */
    S5AD_ASSOCIATION_IDLE,      /* nothing came or went for too long */
    S5AD_ASSOCIATION_MALFORMED, /* the stream holds no messages */
    S5AD_ASSOCIATION_FAILED,    /* out of memory */
};

/* From the loop, once, perhaps before s5ad_association_start returns. */
typedef void s5ad_association_ended_fn(void *owner, enum s5ad_association_end how);
/* A target was refused; of many only the first are told. */
typedef void s5ad_association_denied_fn(void *owner, const struct s5ad_sockaddr *to,
                                        const char *why);

/* What associations of a server share; outlives them. */
struct s5ad_association_scene {
    struct s5ad_loop *loop;
    struct s5ad_names *names;
    const struct s5ad_acl *acl;
    struct s5ad_batch *batch;
};

struct s5ad_association_setup {
    struct s5ad_sockaddr local;   /* where the client's datagrams come to; the port as given */
    struct s5ad_sockaddr client;  /* whose they are; port 0: that of the first */
    uint16_t port_low, port_high; /* what `local` may have; 0: any */
    struct s5ad_acl *own;         /* rules of the user, taken over: empty afterwards */
    struct s5a_udp_options options;
};

struct s5ad_association_counts {
    uint64_t up, down, up_bytes, down_bytes, dropped; /* datagrams but for the bytes */
};

struct s5ad_association {
    struct s5ad_garbage garbage; /* first: the loop frees it */
    const struct s5ad_association_scene *scene;
    struct s5ad_acl own;
    s5ad_association_ended_fn *ended;
    s5ad_association_denied_fn *denied;
    void *owner;
    unsigned denied_told;
    bool over;
    bool in_stream;
    bool is_bound_to_client;    /* `client` has the port that counts */
    struct s5ad_watch control;  /* the connection */
    struct s5ad_watch front;    /* the client's datagrams; none in stream */
    struct s5ad_watch exits[2]; /* the targets': IPv4, IPv6; opened when needed */
    struct s5ad_sockaddr client;
    struct s5ad_udp_targets *targets;
    struct s5ad_udp_names *waiting;
    struct s5a_buffer in, out; /* of the stream */
    struct s5ad_timer timer;
    uint64_t idle, active; /* ms; when something last came or went */
    size_t largest;        /* bytes of a datagram */
    struct s5ad_association_counts counts;
};

/* NULL and a negative errno in `error` on failure. */
struct s5ad_association *s5ad_association_new(const struct s5ad_association_scene *scene,
                                              struct s5ad_association_setup *setup, int *error);
/* Where the client's datagrams are to go; AF_UNSPEC in stream. */
struct s5ad_sockaddr s5ad_association_bound(const struct s5ad_association *a);
/* Takes the connection; `early` came on it already. */
void s5ad_association_start(struct s5ad_association *a, struct s5ad_watch *control,
                            struct s5a_span early, s5ad_association_ended_fn *ended,
                            s5ad_association_denied_fn *denied, void *owner);
/* Stops and closes everything; `ended` is not called any more. NULL is fine. */
void s5ad_association_free(struct s5ad_association *a);
const char *s5ad_association_end_text(enum s5ad_association_end how);

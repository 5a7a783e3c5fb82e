/* Reaching a target: look up, check against the access list, connect; several addresses in turn. */
#pragma once

#include <sys/un.h>

#include "protocol/address.h"
#include "server/acl.h"
#include "server/loop.h"
#include "server/names.h"
#include "server/unix_list.h"

struct s5ad_target;
/* Called from the loop, never before s5ad_target_open returns; `rep` says how it went, then `watch`
 * holds the connected descriptor and `peer` is what it is connected to. */
typedef void s5ad_reached_fn(struct s5ad_target *target);

struct s5ad_target {
    struct s5ad_loop *loop;
    struct s5ad_names *names;
    const struct s5ad_acl *acl;
    struct s5ad_acl own;                                /* of the user: may deny more */
    const struct s5ad_unix_list *sockets, *own_sockets; /* the latter of the user, while it opens */
    s5ad_reached_fn *reached;

    /* The result. */
    uint8_t rep;
    const char *why; /* for the log where `rep` is not SUCCEEDED; static storage or strerror's */
    struct s5ad_watch watch;
    struct s5ad_sockaddr peer; /* AF_UNSPEC: a Unix socket */

    struct s5ad_timer timer;
    struct s5ad_lookup *lookup;
    uint64_t deadline;
    struct s5ad_found found;
    unsigned next;   /* of `found` */
    bool is_settled; /* `rep` is known, and only not told yet */
    bool is_queued;  /* a Unix socket's backlog is full: asked again and again until the deadline */
    uint64_t pause;  /* ms, before it is asked again */
    struct sockaddr_un at; /* where that socket is */
    socklen_t at_len;
};

void s5ad_target_init(struct s5ad_target *target, struct s5ad_loop *loop, struct s5ad_names *names,
                      const struct s5ad_acl *acl, const struct s5ad_unix_list *sockets,
                      s5ad_reached_fn *reached);
/* Starts; at most `limit_ms` pass until `reached`. */
void s5ad_target_open(struct s5ad_target *target, const struct s5a_address *address, uint16_t port,
                      uint64_t limit_ms);
/* Stops whatever goes on and closes the descriptor, if there is one; frees `own`; safe at any time
 * after s5ad_target_init. */
void s5ad_target_close(struct s5ad_target *target);

/* REP for the errno of an outgoing connect (profile, section 8): 00-08 only. */
uint8_t s5ad_rep_of_errno(int error);

/* Names that an association writes to: each is looked up once in a while, and datagrams wait for the
 * answer, a bounded number of them in a bounded room. */
#pragma once

#include "server/loop.h"
#include "server/names.h"

enum {
    S5AD_UDP_NAMES_MAX = 64,
    S5AD_UDP_WAITING_MAX = 16,           /* datagrams of one name */
    S5AD_UDP_WAITING_BYTES = 128 * 1024, /* of all */
    S5AD_UDP_NAME_MS = 60000,            /* how long an answer holds */
    S5AD_UDP_NAME_FAILED_MS = 5000,      /* the same for none */
};

struct s5ad_udp_names;

/* Which of the addresses found is to be used; AF_UNSPEC for none. */
typedef struct s5ad_sockaddr s5ad_udp_choose_fn(void *owner, const struct s5ad_found *found);
/* A datagram that has waited. */
typedef void s5ad_udp_waited_fn(void *owner, const struct s5ad_sockaddr *to, struct s5a_span data);

/* NULL when out of memory. */
struct s5ad_udp_names *s5ad_udp_names_new(struct s5ad_loop *loop, struct s5ad_names *names,
                                          s5ad_udp_choose_fn *choose, s5ad_udp_waited_fn *waited,
                                          void *owner);
/* NULL is fine. */
void s5ad_udp_names_free(struct s5ad_udp_names *names);
/* True, and the address, where it is known. Else the datagram waits, or is dropped: for want of room, or
 * because there is no such name. */
S5A_MUST_USE bool s5ad_udp_names_find(struct s5ad_udp_names *names, struct s5a_span name,
                                      uint16_t port, struct s5a_span data,
                                      struct s5ad_sockaddr *to);

/* Name look-ups that never block the loop: /etc/hosts and DNS, both families, by c-ares. */
#pragma once

#include <stdint.h>

#include "protocol/rep.h"
#include "server/loop.h"
#include "server/sockaddr.h"

struct s5ad_names;
struct s5ad_lookup;

enum { S5AD_FOUND_MAX = 64 };

struct s5ad_found {
    uint8_t rep;     /* SUCCEEDED, or what the client is told */
    const char *why; /* for the log where it is not SUCCEEDED; static storage */
    unsigned count;
    struct s5ad_sockaddr at[S5AD_FOUND_MAX]; /* IPv4 first, with the port asked for */
    const char *names; /* of a reverse look-up, `count` of them, each with its NUL; NULL else */
};

struct s5ad_question {
    struct s5a_span name;
    uint16_t port; /* that the addresses get */
    int family;    /* AF_UNSPEC: both */
    bool yields;   /* to others: it gets one of half of the look-ups, or none */
};

typedef void s5ad_found_fn(void *owner, const struct s5ad_found *found);

/* `nameservers`: "HOST[:PORT],..." in place of resolv.conf, or NULL. `hosts`: in place of /etc/hosts,
 * or NULL; it outlives the names, and $CARES_HOSTS has to say the same. At most `outstanding_max` look-ups run at once. NULL and
 * `*why` on failure. */
struct s5ad_names *s5ad_names_new(struct s5ad_loop *loop, const char *nameservers,
                                  const char *hosts, unsigned outstanding_max, const char **why);
/* Every look-up must have been answered or cancelled. */
void s5ad_names_free(struct s5ad_names *names);

/* `found` is called from the loop later, never before this returns; `*found` lives as long as that
 * call, and the look-up ends with it. NULL when out of memory or over the limit. */
struct s5ad_lookup *s5ad_names_find(struct s5ad_names *names, const struct s5ad_question *question,
                                    s5ad_found_fn *found, void *owner);
/* The same for the names of an IP address. */
struct s5ad_lookup *s5ad_names_reverse(struct s5ad_names *names, const struct s5ad_sockaddr *of,
                                       s5ad_found_fn *found, void *owner);
/* Forgets a look-up: `found` is not called. NULL is fine. */
void s5ad_lookup_cancel(struct s5ad_lookup *lookup);

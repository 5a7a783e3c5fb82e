/* The first part of a session: from accept to the relay, with log-in and requests between. */
#pragma once

#include "server/bind.h"
#include "server/credential.h"
#include "server/eaf/admission.h"
#include "server/handshake.h"
#include "server/names.h"
#include "server/quota.h"
#include "server/target.h"
#include "server/udp/association.h"

struct s5ad_server;
struct s5ad_opening;

enum s5ad_opened {
    S5AD_OPENED_RELAY,       /* the reply is sent; `hs.in` and `target` are to be relayed */
    S5AD_OPENED_ASSOCIATION, /* the same, with `association` */
    S5AD_OPENED_REFUSED,     /* the last answer is sent */
    S5AD_OPENED_CLOSED,      /* there is nothing to answer */
    S5AD_OPENED_ABANDONED,   /* client gone, time over: `why` */
    S5AD_OPENED_GOES_ON,     /* a request was refused, as `hs` says; the next may follow */
};

/* Called from the loop once, and perhaps before s5ad_opening_start returns; GOES_ON comes before that,
 * any number of times. */
typedef void s5ad_opened_fn(struct s5ad_opening *opening, enum s5ad_opened how);

/* DNS_RESOLVE as it goes on. */
struct s5ad_resolve {
    struct s5ad_lookup *lookup;
    struct s5ad_timer timer;
};

struct s5ad_opening {
    struct s5ad_garbage garbage; /* first: the loop frees it */
    struct s5ad_server *server;
    s5ad_opened_fn *opened;
    void *owner;
    struct s5ad_watch client;
    struct s5ad_timer timer;
    struct s5ad_handshake hs;
    struct s5ad_credential credential;
    struct s5ad_admission admission;
    struct s5ad_target target;
    uint64_t source; /* s5ad_slow_id */
    bool login_asked;
    bool counted;      /* as a handshake */
    bool serving;      /* `hs.request`, which is not answered yet */
    bool target_asked; /* for that request */
    struct s5ad_resolve resolve;
    struct s5ad_bind bind;
    struct s5ad_association *association; /* granted; the owner takes it */
    struct s5ad_share share;              /* what the request counts as; the same */
    struct s5ad_share waiting;            /* of a session that stays open */
    struct s5ad_share session; /* of any, from its first request on; the owner takes it */
    uint64_t held;             /* ms that were left to the client when its log-in was held back */
    const char *why;
};

/* Takes `fd`. NULL, and `why` in static storage, when out of memory, or where too many handshakes go
 * on, in all or of this source; then it is closed. */
struct s5ad_opening *s5ad_opening_new(struct s5ad_server *server, int fd, s5ad_opened_fn *opened,
                                      void *owner, const char **why);
void s5ad_opening_start(struct s5ad_opening *opening);
/* The server drains: ends where another request is waited for. */
void s5ad_opening_drain(struct s5ad_opening *opening);
/* Stops, wipes and closes what it still has; no call of `opened` any more. NULL is fine. */
void s5ad_opening_free(struct s5ad_opening *opening);

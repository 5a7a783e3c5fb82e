/* One connect() of the program through a proxy, from its beginning to its end, one step at a time
 * and without waiting: the proxy's addresses in turn, the connection to it, the sessions over it.
 * Driven by the calling thread (stream.h) or by the engine; it may move from one to the other
 * between any two steps (architecture, sections 3 and 4). */
#pragma once

#include <sys/time.h>

#include "client/session/chain.h"
#include "shim/sockets/pool.h"
#include "shim/sockets/sockets.h"
#include "shim/sockets/target.h"

enum s5a_attempt_stage {
    S5A_ATTEMPT_FIND,    /* where the proxy is */
    S5A_ATTEMPT_DIAL,    /* the next address */
    S5A_ATTEMPT_CONNECT, /* the kernel is connecting */
    S5A_ATTEMPT_PAUSE,   /* a Unix proxy's backlog is full */
    S5A_ATTEMPT_TALK,    /* sessions */
};

/* Caller's storage; the fields are its own but for those that s5a_attempt_init says. */
struct s5a_attempt {
    struct s5a_socket_kind kind;
    const struct s5a_config *config;
    const struct s5a_proxy *proxy;
    struct s5a_named_target named;
    const struct s5a_ask *ask;   /* of the proxy, borrowed; NULL: CONNECT to `named` */
    int own;                     /* the program's socket, by whatever number */
    int standin;                 /* private: connects in its place (standin.h); -1: `own` does */
    bool is_patient;             /* `own` blocks, and SO_SNDTIMEO may bound its connect() */
    struct timeval send_timeout; /* of `own`, where patient */
    uint64_t deadline;           /* ms */
    const struct s5a_target
        *otherwise;             /* where the proxy lacks the target's type; borrowed; NULL */
    bool is_pooled;             /* over a session that was waiting (pool.h) */
    char warm[S5A_POOL_ID_CAP]; /* of the connection that it asks for then; empty: none */
    bool is_dialled;            /* the proxy was reached */
    bool is_told;               /* the kernel takes the caller for told of the connection */
    bool is_retried;            /* once more, without early bytes (client/session/pipeline.h) */
    enum s5a_attempt_stage stage;
    uint64_t pause; /* ms: its end */
    unsigned dials; /* how often a socket was told to connect: another one, or anew */
    unsigned next;  /* of the addresses */
    struct s5a_resolved where;
    struct s5a_chain_report report;
    struct s5a_chain chain;
};

/* The caller sets `is_patient` with `send_timeout`, `ask` and another deadline, afterwards. */
void s5a_attempt_init(struct s5a_attempt *a, int own, const struct s5a_socket_kind *kind,
                      const struct s5a_config *config, const struct s5a_proxy *proxy);
/* `ready`: the socket shows something. -EINPROGRESS while it is under way, then 0 or -errno, with
 * `own` as if it had never been connected. The first step may block on the system's resolver, where
 * the proxy is named (s5a_attempt_may_block); a patient one waits a few ms in connect(). */
S5A_MUST_USE int s5a_attempt_step(struct s5a_attempt *a, bool ready);
bool s5a_attempt_may_block(const struct s5a_attempt *a);
/* What to poll, for what, and until when (ms), before the next step. */
int s5a_attempt_socket(const struct s5a_attempt *a);
short s5a_attempt_events(const struct s5a_attempt *a);
uint64_t s5a_attempt_limit(const struct s5a_attempt *a);
/* Another place in memory, and another number for `own`, which blocks no more. `from` holds nothing
 * afterwards. */
void s5a_attempt_move(struct s5a_attempt *to, struct s5a_attempt *from, int own);
/* Ends it where it stands, with `own` as it is at that moment. */
void s5a_attempt_drop(struct s5a_attempt *a);
/* After success, once: what goes on with the stream where that is in records; the caller's then (chain.h).
 * NULL: it is the program's as it is. Whoever does not ask must drop the attempt. */
struct s5a_wire *s5a_attempt_take_wire(struct s5a_attempt *a);
bool s5a_attempt_has_wire(const struct s5a_attempt *a);
/* One line for the log: info where it failed, debug where it did not. */
void s5a_attempt_report(const struct s5a_attempt *a, int failed);

/* Makes a socket as if it had never been connected. */
void s5a_dissolve(int fd);

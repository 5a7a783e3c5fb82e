/* A whole way to a target: the first hop is connected, then one session for each proxy of the
 * chain over the same stream, the last one asking for the target. */
#pragma once

#include "client/config/config.h"
#include "client/session/dial.h"

/* What happened, for the log and for a second attempt. Set it to zeros before the first one. */
struct s5a_chain_report {
    const struct s5a_proxy *proxy;      /* where it ended */
    int method;                         /* that this proxy chose (enum s5a_method); -1: none */
    int rep;                            /* that it answered; -1: nothing */
    char reason[384];                   /* one phrase; empty on success */
    struct s5a_target bound;            /* that it has told with success (session.h) */
    struct s5a_login_result login;      /* with that proxy */
    const struct s5a_proxy *ticketless; /* whose ticket did no good: the next attempt has none */
    unsigned again;                     /* attempts because of keys and tickets */
    struct {
        const struct s5a_proxy *proxy; /* whose trial failed; NULL: none did */
        int rep;                       /* that it answered then; -1: nothing */
        uint64_t waited;               /* ms, for a reply that did not come; UINT64_MAX: closed */
    } trial;
    /* The caller's: told of each hop before the last that is open, as of this report; NULL. */
    void (*passed)(const struct s5a_chain_report *report);
};

/* The hop that is dialled first on the way through `proxy` (itself where it has no `via`). */
const struct s5a_proxy *s5a_chain_first(const struct s5a_proxy *proxy);

/* Reads what is remembered of the proxies on the way (pipeline.h), so that later steps need not. */
void s5a_chain_recall(const char *state_dir, const struct s5a_proxy *proxy);

/* Where the sessions of a chain lead, and by which means; all borrowed. */
struct s5a_chain_goal {
    const struct s5a_io *io;
    const char *state_dir; /* pipeline.h */
    const struct s5a_proxy *proxy;
    const struct s5a_target *target;
    struct s5a_chain_report *report;
    const struct s5a_ask *ask; /* of the last proxy, whatever it is; NULL: CONNECT to the target */
};

/* The sessions of a chain under way. Caller's storage; the fields are the machine's own. */
struct s5a_chain {
    struct s5a_chain_goal goal;
    uint64_t deadline;
    bool trial;
    bool is_resumed;             /* the last session was at rest in between */
    const struct s5a_proxy *hop; /* whose session it is */
    int way;                     /* how the request goes out */
    uint64_t start;              /* ms, of this session */
    struct s5a_dial dial;
    struct s5a_session session;
    struct s5a_wire *wire; /* owned: of the sessions that are open (wires.h); NULL: all in clear */
};

/* Over the connected `fd`: sessions from s5a_chain_first to the goal's proxy, then the target.
 * Pipelining by each proxy's setting; `trial` (see pipeline.h) allows a first attempt for AUTO
 * ones. */
void s5a_chain_begin(struct s5a_chain *c, const struct s5a_chain_goal *goal, int fd,
                     uint64_t deadline, bool trial);
/* As s5a_dial_step. -EINPROGRESS while it is under way; then 0 or -errno with the report filled.
 * EAGAIN: early bytes may be at fault; connect anew and begin without `trial` but with the same
 * report, which tells whether they were; or a key was fetched or a ticket refused, and the next
 * attempt knows. The first comes only where `trial` is set, the others a bounded number of times;
 * what ends an attempt for good never shows as EAGAIN. Reads and writes small files of the state
 * directory. */
S5A_MUST_USE int s5a_chain_step(struct s5a_chain *c, bool ready);
/* What to poll for, and until when (ms), before the next step. */
short s5a_chain_events(const struct s5a_chain *c);
uint64_t s5a_chain_limit(const struct s5a_chain *c);
/* Another goal object, descriptor number and place in memory for a chain under way; `from` is
 * wiped. */
void s5a_chain_move(struct s5a_chain *to, struct s5a_chain *from, const struct s5a_chain_goal *goal,
                    int fd);
/* After a step has given 0, or a refusal, and the last session rests: the next request, whose
 * deadline is its own, or BIND's second reply; then steps as before. 0, or -errno where it cannot be
 * asked: nothing is sent, and the session rests on. */
S5A_MUST_USE int s5a_chain_ask(struct s5a_chain *c, const struct s5a_ask *ask, uint64_t deadline);
/* The same for the goal's target, by CONNECT. */
S5A_MUST_USE int s5a_chain_connect(struct s5a_chain *c, uint64_t deadline);
/* … or by POOL_GET, for a connection to it that the proxy has; `id` is borrowed until the reply or
 * s5a_chain_move. */
S5A_MUST_USE int s5a_chain_get(struct s5a_chain *c, const char *id, uint64_t deadline);
void s5a_chain_await(struct s5a_chain *c, uint64_t deadline);
/* The session rests, and its connection shows something: takes dummies of any proxy, 64 KiB or so at most, and never
 * blocks. How many bytes; -1 where it has ended, or something else has come. */
S5A_MUST_USE ssize_t s5a_chain_attend(struct s5a_chain *c);
/* The session rests, and something may come by its connection: dummies. */
bool s5a_chain_has_dummies(const struct s5a_chain *c);
/* The session rests: it holds memory and has to be wiped. */
bool s5a_chain_rests(const struct s5a_chain *c);
/* After success, once: what goes on with the stream, where proxies of the chain put it into records
 * (wires.h); the caller's then. NULL: the stream is the program's as it is. Whoever does not ask must
 * not hand the stream to anybody. */
S5A_MUST_USE struct s5a_wire *s5a_chain_take_wire(struct s5a_chain *c);
bool s5a_chain_has_wire(const struct s5a_chain *c);
/* Ends it where it stands: overwrites what may hold a secret, gives memory back. Not needed once it
 * is over, does not rest, and has no wire. */
void s5a_chain_wipe(struct s5a_chain *c);

/* What has been begun, to its end or its rest, in the calling thread: 0 or -errno. */
S5A_MUST_USE int s5a_chain_drive(struct s5a_chain *c);
/* The whole of it in the calling thread, to see how it ends: 0 or -errno. A wire is dropped. */
S5A_MUST_USE int s5a_chain_run(const struct s5a_chain_goal *goal, int fd, uint64_t deadline,
                               bool trial);

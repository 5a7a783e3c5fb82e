/* Connects that go on behind a gate (gate.h), one slot each, until the program has its socket back
 * and nobody holds the gate any more (architecture, section 4).
 *
 * All of it is under the lock but for `attempt`, which is the busy thread's alone while `is_busy`. */
#pragma once

#include "shim/engine/watched.h"
#include "shim/sockets/attempt.h"
#include "shim/sockets/peers.h"

struct s5a_relay;

enum s5a_pending_state {
    S5A_PENDING_FREE,
    S5A_PENDING_CONNECTING, /* the gate is shut */
    S5A_PENDING_OPENED,  /* the program has its socket; a sleeper may hold the gate a moment more */
    S5A_PENDING_CARRIED, /* the gate stays, and the engine carries bytes (carry.h) */
};

struct s5a_pending {
    enum s5a_pending_state state;
    bool is_busy;           /* a thread is in a step of it: the engine, or who begins it */
    bool is_dropped;        /* the program has closed it during that */
    bool is_awaited;        /* a blocking connect() waits for the outcome */
    bool is_blocking;       /* to the program, though the gate is not: a connect() waits for it */
    bool is_shared;         /* another process may hold the gate */
    bool is_told;           /* CARRIED: a second connect() has been told of success */
    bool out_ended;         /* CARRIED: the program has half-closed */
    bool in_ended;          /* CARRIED: the proxy has */
    bool out_full, in_full; /* CARRIED: the other side takes no more for now */
    bool is_hung_up;        /* CARRIED: nobody holds the gate */
    bool is_cut;            /* CARRIED: its socket shows an error, or no more than ends */
    bool own_shows;         /* CARRIED: there may be something to read … */
    bool inner_shows;       /* … and here */
    bool inner_ends;        /* CARRIED: the program writes no more */
    bool has_more;          /* CARRIED: others have their turn first */
    bool is_listed;         /* … and it is in that list */
    uint32_t next_more;     /* of the list */
    uint32_t slot;          /* its own */
    uint32_t next;          /* in the list of the free */
    uint64_t gate;          /* cookie of the program's end */
    uint64_t socket;        /* cookie of `own` */
    unsigned tail;          /* CARRIED: of the gate (tail.h) */
    int number;             /* under which connect() was called */
    int inner;              /* private: the shim's end of the gate */
    int own;                /* private: the program's own socket, or what took its place */
    union s5a_inet local;   /* CARRIED: what the proxy has told of its side; family 0: nothing */
    size_t filler;          /* still in the gate */
    int result;             /* of the last step; -EINPROGRESS before the first */
    /* What the engine waits for (watch.h). */
    struct s5a_watched_socket watched;
    uint32_t inner_events;
    bool is_gate_watched;
    struct s5a_relay *relay; /* CARRIED: owned; NULL: bytes go as they are */
    struct s5a_attempt attempt;
};

/* Puts a gate in the place of `fd`, and moves the attempt behind it; the calling thread is busy with
 * it then. NULL and -errno in `*failed` with everything as before: EMFILE, ENOMEM, EBADF. Within a
 * shield (lock.h). */
struct s5a_pending *s5a_pending_gate(int fd, struct s5a_attempt *from, int *failed);
/* What was busy with it leaves it to the engine; `is_for_good`: no connect() waits for it any more, so
 * that the gate has to block by itself where the program's socket does. 0, or -errno where there can
 * be no engine: EAGAIN. Within a shield. */
int s5a_pending_leave(struct s5a_pending *p, bool is_for_good);
/* What was busy with it has come to the end of the attempt. Within a shield. */
void s5a_pending_conclude(struct s5a_pending *p, int result);
/* All of it for a connect() that does not wait: 0, or -errno with everything as before. */
int s5a_pending_begin(int fd, struct s5a_attempt *from);

/* How many slots are taken; may be asked without the lock. */
unsigned s5a_pending_count(void);
/* May there be gates in this process, its own or others'? */
bool s5a_pending_any(void);
/* … or have there been any? */
bool s5a_pending_ever(void);
/* May this number lead to one? Numbers are marked as gates come to be under them; a mark that has
 * outlived its gate costs a closer look. */
bool s5a_pending_may_be(int fd);
void s5a_pending_mark(int fd, bool is_gate);

/* ---- under the lock ---- */

/* A fresh slot, or NULL. */
struct s5a_pending *s5a_pending_take(void);
/* From now on the gate itself blocks where the program's socket did. */
void s5a_pending_become_plain(struct s5a_pending *p);
/* Closes what it holds and gives the slot back. Not while it is busy. */
void s5a_pending_end(struct s5a_pending *p);
/* Numbered from 1. NULL: 0, or beyond all that were ever taken. */
struct s5a_pending *s5a_pending_at(uint32_t slot);
/* What `peer`, of kind GATE, stands for; NULL: another process's, or past. */
struct s5a_pending *s5a_pending_of(const struct s5a_peer *peer);
/* The same, once nobody is in a step of it. */
struct s5a_pending *s5a_pending_settled(const struct s5a_peer *peer);
/* In the child of a fork, where nothing of it is ours. */
void s5a_pending_forget(void);

/* When an outlet may send, and how much (profile, section 4.2). For protocol/tol alone. */
#pragma once

#include "protocol/tol/link.h"

#define S5A_TOL_NEVER UINT64_MAX

/* Times are us, but for `wake`. */
struct s5a_tol_pace {
    uint64_t due;    /* what waits may leave then; 0: nothing was drawn for it yet */
    uint64_t next;   /* the rate allows the next send then */
    uint64_t surge;  /* the surge at work began then; 0: none */
    uint64_t idle;   /* of the next dummy of idle time; S5A_TOL_NEVER */
    uint64_t wake;   /* ms; when to ask again */
    uint64_t seen;   /* of link->received */
    uint32_t credit; /* client: tenths of records received that nothing was sent for */
    int64_t budget;  /* bytes of dummies that the schedule may send */
    bool charged;    /* the move at hand is one of them, not a dummy of idle time */
};

enum s5a_tol_move {
    S5A_TOL_WAIT,
    S5A_TOL_SEND_ONE, /* one record */
    S5A_TOL_SEND_ALL, /* all that waits, in one write */
    S5A_TOL_SEND_DUMMY,
};

/* What waits at the outlet. */
struct s5a_tol_queue {
    size_t bytes;     /* in the outlet, and where they come from */
    unsigned records; /* that it would be sent in */
    bool full;        /* no more can be taken in, and nothing of it has left */
};

void s5a_tol_pace_init(struct s5a_tol_pace *pace, struct s5a_tol_link *link, uint64_t now);
/* True while padding and delays pause. */
bool s5a_tol_pace_paused(const struct s5a_tol_link *link, const struct s5a_tol_queue *queue);
/* What to do now; after WAIT `wake` says until when. */
enum s5a_tol_move s5a_tol_pace_next(struct s5a_tol_pace *pace, struct s5a_tol_link *link,
                                    const struct s5a_tol_queue *queue, uint64_t now);
/* ms when there will be something to do; 0: now. `waits`: bytes wait at the outlet. */
uint64_t s5a_tol_pace_deadline(const struct s5a_tol_pace *pace, const struct s5a_tol_link *link,
                               bool waits);
/* What was done: payload bytes, and bytes of dummies that stood alone. */
void s5a_tol_pace_sent(struct s5a_tol_pace *pace, struct s5a_tol_link *link, size_t payload,
                       size_t dummies, uint64_t now);

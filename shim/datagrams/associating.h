/* An association in the making: the attempt, and the datagrams that wait for it. All of it is under
 * the lock but for the attempt, which is the busy thread's while `is_busy`. */
#pragma once

#include "shim/datagrams/local_relay.h"
#include "shim/datagrams/path.h"
#include "shim/datagrams/route.h"
#include "shim/engine/watched.h"
#include "shim/sockets/attempt.h"

enum {
    S5A_ASSOCIATING_MAX = 64,          /* at once */
    S5A_ASSOCIATING_QUEUE_CAP = 65536, /* bytes of datagrams that wait */
    S5A_ASSOCIATING_QUEUE_MAX = 64,    /* datagrams */
};

struct s5a_associating {
    bool is_busy;
    bool is_handed;  /* to the engine */
    bool is_renewal; /* of one that was lost; no datagram has asked for it yet */
    uint32_t number;
    int socket; /* private: the program's, for what is queued */
    int own;    /* private: the control connection that is being made */
    struct s5a_datagram_path path;
    unsigned leg;             /* of the path: the association that is being made */
    struct s5a_local_way way; /* what has been made of it */
    union s5a_inet relay;     /* of the first proxy, where it is sent datagrams to */
    struct s5a_watched_socket watched;
    struct s5a_association association;
    struct s5a_ask ask;
    struct s5a_answers answers;
    struct s5a_attempt attempt;
    unsigned queued;
    size_t filled;
    uint8_t queue[S5A_ASSOCIATING_QUEUE_CAP]; /* u32 length, datagram */
};

/* For the route's socket; NULL and -errno in `*failed`. Without the lock. */
struct s5a_associating *s5a_associating_new(int fd, const struct s5a_datagram_route *route,
                                            int *failed);
/* One that was not enlisted. */
void s5a_associating_drop(struct s5a_associating *x);

/* Without the lock: its attempts, one for each proxy of the path, without waiting. -EINPROGRESS while it is
 * under way, then 0 or -errno; the attempts have been reported. */
int s5a_associating_step(struct s5a_associating *x, bool ready);
/* After success: does it go on by the engine? */
bool s5a_associating_is_local(const struct s5a_associating *x);
/* For the attempt of the present leg: a fresh control connection, what it asks for. 0 or -errno. */
int s5a_associating_begin_leg(struct s5a_associating *x);

/* ---- under the lock ---- */

/* Into the table, and the slot becomes PENDING. False: another thread was quicker, the socket is
 * gone, or there are too many. */
bool s5a_associating_enlist(struct s5a_associating *x);
struct s5a_associating *s5a_associating_at(size_t number); /* NULL: none */
struct s5a_associating *s5a_associating_find(const struct s5a_association *a);
/* Keeps a datagram; false where too much waits. */
bool s5a_associating_queue(struct s5a_associating *x, const struct iovec *parts, size_t count);
/* The attempt's end becomes the association's, what waits is sent, and it is gone. What
 * s5a_associate says. */
int s5a_associating_conclude(struct s5a_associating *x, int result);
/* Ends what the association lives by, if anything: its connection, and what the engine has of it. `own` is
 * open; its state is the caller's. */
void s5a_associating_undo(struct s5a_association *own);
/* Leaves it to the engine, which is reserved. */
void s5a_associating_hand_over(struct s5a_associating *x);
/* The program has closed the socket: its port and all else are free, what waits is sent from another. */
void s5a_associating_release(const struct s5a_association *a);

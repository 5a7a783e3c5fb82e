/* What the engine waits for: its epoll set. All under the lock but for s5a_watch_wait. */
#pragma once

#include <sys/epoll.h>

#include "shim/engine/pending.h"

/* 0 or -errno. */
int s5a_watch_open(void);
void s5a_watch_close(void);
/* Wakes the engine; any number of times is as once. */
void s5a_watch_ring(void);
/* epoll_wait(), without the lock. */
int s5a_watch_wait(struct epoll_event *events, int count, int ms);
/* What an event is about; NULL: of a slot that has been given back, or a ring. */
struct s5a_pending *s5a_watch_subject(const struct epoll_event *event);
/* Is it the inner end of the gate that it is about? */
bool s5a_watch_is_inner(const struct epoll_event *event);

/* Whose an event is. */
enum s5a_watched {
    S5A_WATCHED_PENDING, /* what follows, and s5a_watch_subject, is about these alone */
    S5A_WATCHED_BINDING,
    S5A_WATCHED_ASSOCIATING,
    S5A_WATCHED_MINDING,
    S5A_WATCHED_LOCAL_RELAY,
};
/* For events of others than pending connects: `number`, below 2^28, and `cookie`, which tells who has the
 * number from who had it. */
uint64_t s5a_watch_data(enum s5a_watched whose, uint32_t number, uint32_t cookie);
enum s5a_watched s5a_watch_whose(const struct epoll_event *event);
uint32_t s5a_watch_number(const struct epoll_event *event);
/* As epoll_ctl() on the engine's set; `data` of s5a_watch_data. */
void s5a_watch_other(int op, int fd, uint32_t events, uint64_t data);
/* The gate's hang-up, from now on. */
void s5a_watch_gate(struct s5a_pending *p);
/* What the attempt waits for, or what carrying needs. */
void s5a_watch_attempt(struct s5a_pending *p);
void s5a_watch_carried(struct s5a_pending *p);
/* No more of the socket: before its description goes back to the program. */
void s5a_watch_no_socket(struct s5a_pending *p);
/* No more of the gate: a hang-up shows for ever. */
void s5a_watch_no_gate(struct s5a_pending *p);

/* A socket in the engine's set, of an attempt: another one may take its place with each dial, and its
 * number. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct s5a_watched_socket {
    int fd; /* -1: none */
    unsigned dial;
    uint32_t events;
};

/* ---- under the lock, while the engine's set is there ---- */

/* Is one watched, and is it not this one? */
bool s5a_watched_is_other(const struct s5a_watched_socket *w, int fd, unsigned dial);
/* From now on this one, for these events; `data` as of s5a_watch_data. */
void s5a_watched_follow(struct s5a_watched_socket *w, int fd, unsigned dial, uint32_t events,
                        uint64_t data);
/* None. Before it is closed, since a fork may have copied it. */
void s5a_watched_leave(struct s5a_watched_socket *w);

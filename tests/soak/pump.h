/* Both directions of one connection at once: bytes that either side can tell from their place, in
 * pieces of random size, with stalls. Shared by the program and its peer. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a connection is for; the first thing that is sent on it. */
enum soak_script {
    SOAK_WHOLE,       /* all bytes both ways, each side half-closes when it has sent its own */
    SOAK_RESET_BY_US, /* the program resets it somewhere */
    SOAK_RESET_BY_THEM,
    SOAK_FORK_CHILD,  /* forks somewhere, and the child goes on */
    SOAK_FORK_PARENT, /* forks somewhere, and the child ends */
    SOAK_EXIT,        /* the program writes all and ends */
    SOAK_EXECUTE,     /* … and executes another */
    SOAK_KILLED,      /* the program is killed somewhere */
    SOAK_SCRIPTS,
};

struct soak_plan {
    uint64_t seed;
    uint64_t up, down; /* bytes from the program, to the program */
    uint64_t stop;     /* bytes of the one direction after which something happens */
    uint32_t script;
    uint32_t unused;
};

/* A stream of numbers; not for secrets. */
uint64_t soak_random(uint64_t *state);
/* 0 … n - 1 */
uint64_t soak_below(uint64_t *state, uint64_t n);

struct soak_pump {
    int fd;
    uint64_t random; /* state; of pieces and stalls */
    uint64_t seed_out, seed_in;
    uint64_t to_send, sent, received;
    uint64_t stop; /* it returns once so many were sent, or received; UINT64_MAX: never */
    bool is_shut;  /* its own direction */
};

enum soak_end {
    SOAK_ENDED,   /* the other side's end, after all was sent and this side's end */
    SOAK_STOPPED, /* `stop` */
    SOAK_CUT,     /* reset */
    SOAK_WRONG,   /* another byte than the one that was sent */
    SOAK_STUCK,   /* nothing happened for a minute */
};

/* Goes on where it was. The descriptor may block or not. */
enum soak_end soak_pump(struct soak_pump *pump);
const char *soak_end_text(enum soak_end end);
/* Close becomes a reset. */
void soak_reset_at_close(int fd);

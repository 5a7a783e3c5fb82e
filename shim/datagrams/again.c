/* When an association is made again. */
#include "shim/datagrams/again.h"

#include <errno.h>

#include "client/clock.h"

enum {
    MIN_MS = 200,
    MAX_MS = 5000,
    DOUBLINGS_MAX = 5,
    LASTING_MS = 10000, /* one that has stood for so long was none that fails */
    LOSSES_AT_ONCE = 3, /* in a row, before there is a pause */
};

static void pause_for(struct s5a_association *own, unsigned doublings, int error)
{
    uint64_t pause = (uint64_t)MIN_MS << (doublings < DOUBLINGS_MAX ? doublings : DOUBLINGS_MAX);
    /* what a proxy has refused it will refuse again; what could not be reached may be back in a moment */
    if (error == EACCES || pause > MAX_MS)
        pause = MAX_MS;
    own->state = S5A_ASSOCIATION_FAILED;
    own->error = error;
    own->until = s5a_now() + pause;
}

static void count(unsigned *in_a_row)
{
    if (*in_a_row <= LOSSES_AT_ONCE + DOUBLINGS_MAX)
        ++*in_a_row;
}

void s5a_again_after_failure(struct s5a_association *own, int error)
{
    pause_for(own, own->failures, error);
    count(&own->failures);
}

void s5a_again_after_loss(struct s5a_association *own)
{
    bool has_lasted = s5a_now() - own->stood >= LASTING_MS;
    own->state = S5A_ASSOCIATION_NONE;
    if (has_lasted)
        own->losses = 0;
    count(&own->losses);
    if (own->losses > LOSSES_AT_ONCE)
        pause_for(own, own->losses - LOSSES_AT_ONCE - 1, ECONNREFUSED);
}

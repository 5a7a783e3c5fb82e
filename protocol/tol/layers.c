/* Records in records. Recursion is as deep as there are layers. */
#include "protocol/tol/layers.h"

#include <string.h>

struct s5a_tol_layer *s5a_tol_layers_lowest(struct s5a_tol_layer *top)
{
    while (top->below)
        top = top->below;
    return top;
}

/* ---- between two of them ---- */

/* A place in a list of pieces. */
struct place {
    const struct iovec *piece;
    int left;    /* pieces, this one included */
    size_t done; /* of this one */
};

static size_t rest_of(const struct place *p)
{
    return p->left > 0 ? p->piece->iov_len - p->done : 0;
}

static uint8_t *at(const struct place *p)
{
    return (uint8_t *)p->piece->iov_base + p->done;
}

static void advance(struct place *p, size_t len)
{
    p->done += len;
    while (p->left > 0 && p->done == p->piece->iov_len) {
        p->piece++;
        p->left--;
        p->done = 0;
    }
}

/* From one list to another, as far as both go. */
static size_t copy(struct place to, struct place from)
{
    size_t done = 0, part;
    advance(&to, 0);
    advance(&from, 0);
    for (; to.left > 0 && from.left > 0; done += part) {
        part = rest_of(&to) < rest_of(&from) ? rest_of(&to) : rest_of(&from);
        memcpy(at(&to), at(&from), part);
        advance(&to, part);
        advance(&from, part);
    }
    return done;
}

/* ---- down ---- */

/* Once: what the upper one has, into the room of the one below. */
static size_t pass(struct s5a_tol_layer *upper, uint64_t now)
{
    struct iovec pieces[S5A_TOL_IOV_MAX], places[S5A_TOL_IOV_MAX];
    struct s5a_tol_outlet *below = &upper->below->out;
    int room = s5a_tol_outlet_room(below, places, S5A_TOL_IOV_MAX);
    upper->is_held = room == 0;
    if (upper->is_held)
        return 0;
    int count = s5a_tol_outlet_output(&upper->out, now, pieces, S5A_TOL_IOV_MAX);
    size_t len = copy((struct place){ places, room, 0 }, (struct place){ pieces, count, 0 });
    if (len == 0)
        return 0;
    s5a_tol_outlet_sent(&upper->out, len);
    size_t behind = s5a_tol_outlet_pending(&upper->out) + upper->out.behind;
    s5a_tol_outlet_took(below, len, behind, now);
    return len;
}

/* All that goes down before anything is sent. Behind the end record of one comes that of the next. */
static void sink(struct s5a_tol_layer *top, uint64_t now)
{
    for (struct s5a_tol_layer *l = top; l->below; l = l->below) {
        while (pass(l, now) > 0)
            ;
        if (s5a_tol_outlet_done(&l->out) && !l->below->out.eof)
            s5a_tol_outlet_eof(&l->below->out, now);
    }
}

int s5a_tol_layers_output(struct s5a_tol_layer *top, uint64_t now, struct iovec *iov, int max)
{
    sink(top, now);
    return s5a_tol_outlet_output(&s5a_tol_layers_lowest(top)->out, now, iov, max);
}

void s5a_tol_layers_sent(struct s5a_tol_layer *top, size_t len)
{
    s5a_tol_outlet_sent(&s5a_tol_layers_lowest(top)->out, len);
}

uint64_t s5a_tol_layers_deadline(const struct s5a_tol_layer *top)
{
    uint64_t soonest = S5A_TOL_NEVER;
    for (const struct s5a_tol_layer *l = top; l; l = l->below) {
        uint64_t deadline = l->is_held ? S5A_TOL_NEVER : s5a_tol_outlet_deadline(&l->out);
        soonest = deadline < soonest ? deadline : soonest;
    }
    return soonest;
}

size_t s5a_tol_layers_pending(const struct s5a_tol_layer *top)
{
    size_t pending = 0;
    for (const struct s5a_tol_layer *l = top; l; l = l->below)
        pending += s5a_tol_outlet_pending(&l->out);
    return pending;
}

bool s5a_tol_layers_done(struct s5a_tol_layer *top)
{
    return s5a_tol_outlet_done(&s5a_tol_layers_lowest(top)->out);
}

bool s5a_tol_layers_failed(const struct s5a_tol_layer *top)
{
    for (const struct s5a_tol_layer *l = top; l; l = l->below)
        if (s5a_tol_outlet_failed(&l->out))
            return true;
    return false;
}

/* ---- up ---- */

/* Once: what the one below has, into the room of the upper one. False where nothing came. */
static bool raise(struct s5a_tol_layer *upper)
{
    struct iovec pieces[S5A_TOL_IN_SPANS], room;
    room.iov_base = s5a_tol_inlet_room(&upper->in, &room.iov_len);
    int count = s5a_tol_layers_payload(upper->below, pieces, S5A_TOL_IN_SPANS);
    if (count == 0 && s5a_tol_inlet_state(&upper->below->in) != S5A_TOL_INLET_OPEN)
        s5a_tol_inlet_fin(&upper->in);
    if (!room.iov_base || count == 0)
        return false;
    size_t len = copy((struct place){ &room, 1, 0 }, (struct place){ pieces, count, 0 });
    s5a_tol_inlet_took(&upper->in, len);
    s5a_tol_inlet_gave(&upper->below->in, len);
    return len > 0;
}

int s5a_tol_layers_payload(struct s5a_tol_layer *top, struct iovec *iov, int max)
{
    int count;
    do
        count = s5a_tol_inlet_payload(&top->in, iov, max);
    while (count == 0 && top->below && raise(top));
    return count;
}

/* What comes for one that is bad has nowhere to go, and the one above it, having ended, does not tell. */
enum s5a_tol_inlet_state s5a_tol_layers_state(const struct s5a_tol_layer *top)
{
    enum s5a_tol_inlet_state state = s5a_tol_inlet_state(&top->in);
    if (state != S5A_TOL_INLET_ENDED)
        return state;
    for (const struct s5a_tol_layer *l = top->below; l; l = l->below)
        if (s5a_tol_inlet_state(&l->in) == S5A_TOL_INLET_BAD)
            return S5A_TOL_INLET_BAD;
    return state;
}

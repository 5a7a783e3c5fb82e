/* Layers of records at both ends of a wire, one way of it, and a clock that jumps. Who includes it says
 * before what PUMP_REQUIRE(condition) is. */
#pragma once

#include "protocol/tol/layers.h"
#include "tests/unit/tol_pump_lab.h"

enum { TOWER_MAX = 3 };

struct tower {
    unsigned count;
    struct s5a_tol_layer from[TOWER_MAX], to[TOWER_MAX]; /* the first is next to the stream */
    uint64_t now, put, got;                              /* ms; plain bytes */
    uint8_t *wire;
    size_t wire_len, step; /* at most so many bytes at once */
};

static inline void tower_layer(struct s5a_tol_layer *l, enum s5a_tol_role role, unsigned number,
                               const struct s5a_tol_shape *shape, uint64_t now)
{
    struct s5a_key ck2 = { { (uint8_t)(5 + number) } }, seed = { { (uint8_t)(11 + number) } };
    static const struct s5a_digest t = { { 6 } };
    s5a_tol_link_init(&l->link, role, NULL, S5A_SPAN("\5\1\x81"), &seed, shape);
    s5a_tol_link_agree(&l->link, &ck2, &t, true);
    s5a_tol_link_switch_in(&l->link);
    s5a_tol_link_switch_out(&l->link);
    s5a_tol_outlet_init(&l->out, &l->link, now);
    s5a_tol_inlet_init(&l->in, &l->link);
    uint8_t *out = malloc(S5A_TOL_OUT_CAP), *in = malloc(S5A_TOL_IN_CAP);
    PUMP_REQUIRE(out && in);
    s5a_tol_outlet_lend(&l->out, out);
    s5a_tol_inlet_lend(&l->in, in);
}

static inline struct tower *tower_new(unsigned count, const struct s5a_tol_shape *shapes)
{
    struct tower *t = calloc(1, sizeof(*t));
    PUMP_REQUIRE(t && (t->wire = malloc(PUMP_WIRE_CAP)));
    t->count = count;
    t->now = 1000000;
    t->step = SIZE_MAX;
    for (unsigned i = 0; i < count; i++) {
        tower_layer(&t->from[i], S5A_TOL_CLIENT, i, &shapes[i], t->now);
        tower_layer(&t->to[i], S5A_TOL_SERVER, i, &shapes[i], t->now);
        t->from[i].below = i + 1 < count ? &t->from[i + 1] : NULL;
        t->to[i].below = i + 1 < count ? &t->to[i + 1] : NULL;
    }
    return t;
}

static inline void tower_free(struct tower *t)
{
    for (unsigned i = 0; i < t->count; i++) {
        free(s5a_tol_outlet_reclaim(&t->from[i].out, true));
        free(s5a_tol_inlet_reclaim(&t->from[i].in, true));
        free(s5a_tol_outlet_reclaim(&t->to[i].out, true));
        free(s5a_tol_inlet_reclaim(&t->to[i].in, true));
    }
    free(t->wire);
    free(t);
}

static inline size_t tower_least(const struct tower *t, size_t a, size_t b)
{
    size_t least = a < b ? a : b;
    return least < t->step ? least : t->step;
}

/* Up to `len` bytes of the stream; how many there was room for. */
static inline size_t tower_put(struct tower *t, size_t len)
{
    struct iovec iov[S5A_TOL_IOV_MAX];
    int count = s5a_tol_outlet_room(&t->from[0].out, iov, S5A_TOL_IOV_MAX);
    size_t done = 0;
    for (int i = 0; i < count; i++)
        for (size_t b = 0; b < iov[i].iov_len && done < len; b++, done++)
            ((uint8_t *)iov[i].iov_base)[b] = pump_byte(t->put++);
    if (done > 0)
        s5a_tol_outlet_took(&t->from[0].out, done, 0, t->now);
    return done;
}

static inline size_t tower_write(struct tower *t)
{
    struct iovec iov[S5A_TOL_IOV_MAX];
    int count = s5a_tol_layers_output(&t->from[0], t->now, iov, S5A_TOL_IOV_MAX);
    size_t done = 0;
    for (int i = 0; i < count; i++) {
        size_t len = tower_least(t, iov[i].iov_len, PUMP_WIRE_CAP - t->wire_len);
        memcpy(t->wire + t->wire_len, iov[i].iov_base, len);
        t->wire_len += len;
        done += len;
        if (len < iov[i].iov_len)
            break;
    }
    s5a_tol_layers_sent(&t->from[0], done);
    return done;
}

static inline size_t tower_read(struct tower *t)
{
    struct s5a_tol_inlet *in = &s5a_tol_layers_lowest(&t->to[0])->in;
    size_t room;
    uint8_t *at = s5a_tol_inlet_room(in, &room);
    size_t len = tower_least(t, room, t->wire_len);
    if (len == 0)
        return 0;
    memcpy(at, t->wire, len);
    memmove(t->wire, t->wire + len, t->wire_len - len);
    t->wire_len -= len;
    s5a_tol_inlet_took(in, len);
    return len;
}

static inline size_t tower_give(struct tower *t)
{
    struct iovec iov[S5A_TOL_IOV_MAX];
    int count = s5a_tol_layers_payload(&t->to[0], iov, S5A_TOL_IOV_MAX);
    size_t done = 0;
    for (int i = 0; i < count; i++)
        for (size_t b = 0; b < iov[i].iov_len && done < t->step; b++, done++)
            PUMP_REQUIRE(((uint8_t *)iov[i].iov_base)[b] == pump_byte(t->got++));
    s5a_tol_inlet_gave(&t->to[0].in, done);
    return done;
}

/* All that moves without waiting. */
static inline void tower_settle(struct tower *t)
{
    size_t moved;
    do {
        moved = tower_write(t);
        moved += tower_read(t);
        moved += tower_give(t);
    } while (moved > 0);
}

/* On to the soonest deadline; false: there is none. */
static inline bool tower_wait(struct tower *t)
{
    uint64_t deadline = s5a_tol_layers_deadline(&t->from[0]);
    if (deadline == S5A_TOL_NEVER)
        return false;
    if (deadline > t->now)
        t->now = deadline;
    return true;
}

/* To the end of the stream, in bounded turns: a deadline that has come has something to move. */
static inline void tower_finish(struct tower *t)
{
    s5a_tol_outlet_eof(&t->from[0].out, t->now);
    tower_settle(t);
    for (unsigned turns = 0; !s5a_tol_layers_done(&t->from[0]); turns++) {
        PUMP_REQUIRE(tower_wait(t) && turns < 100000);
        tower_settle(t);
    }
    tower_settle(t);
}

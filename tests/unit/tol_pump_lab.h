/* An outlet and the inlet at the other end, a wire between them, and a clock that jumps. Who includes
 * it says before what PUMP_REQUIRE(condition) is. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "protocol/tol/inlet.h"
#include "protocol/tol/outlet.h"

enum { PUMP_WIRE_CAP = 256 * 1024 };

struct pump {
    struct s5a_tol_link from, to;
    struct s5a_tol_outlet outlet;
    struct s5a_tol_inlet inlet;
    uint64_t now;
    uint8_t *wire; /* written, not read yet */
    size_t wire_len;
    uint64_t wire_total, writes;
    uint64_t got; /* plain bytes that arrived, each of them checked */
    uint32_t luck;
    size_t step; /* at most so many bytes a read or write; 0: as many as there are */
    uint8_t *out, *in;
};

/* The byte that stands at this place of every stream. */
static inline uint8_t pump_byte(uint64_t at)
{
    return (uint8_t)(at * 31 + (at >> 8) * 7 + (at >> 16));
}

static inline size_t pump_luck(struct pump *p, size_t most)
{
    p->luck = p->luck * 1664525u + 1013904223u;
    return most <= 1 ? most : 1 + (p->luck >> 8) % most;
}

static inline struct pump *pump_new(enum s5a_tol_role from, const struct s5a_tol_shape *shape,
                                    bool sealed)
{
    static const struct s5a_key ck2 = { { 5 } };
    static const struct s5a_digest t = { { 6 } };
    struct pump *p = calloc(1, sizeof(*p));
    struct s5a_tol_link *links[] = { &p->from, &p->to };
    PUMP_REQUIRE(p && (p->wire = malloc(PUMP_WIRE_CAP)));
    PUMP_REQUIRE((p->out = malloc(S5A_TOL_OUT_CAP)) && (p->in = malloc(S5A_TOL_IN_CAP)));
    PUMP_REQUIRE(s5a_tol_shape_is_valid(shape));
    for (int i = 0; i < 2; i++) {
        struct s5a_key seed = { { (uint8_t)(11 + i) } };
        enum s5a_tol_role role = i == 0 ? from : (enum s5a_tol_role) !from;
        s5a_tol_link_init(links[i], role, NULL, S5A_SPAN("\5\1\x81"), &seed, shape);
        s5a_tol_link_agree(links[i], &ck2, &t, sealed);
        s5a_tol_link_switch_in(links[i]);
        s5a_tol_link_switch_out(links[i]);
    }
    p->now = 1000000;
    p->luck = 1;
    s5a_tol_outlet_init(&p->outlet, &p->from, p->now);
    s5a_tol_inlet_init(&p->inlet, &p->to);
    s5a_tol_outlet_lend(&p->outlet, p->out);
    s5a_tol_inlet_lend(&p->inlet, p->in);
    return p;
}

static inline void pump_free(struct pump *p)
{
    free(p->wire);
    free(p->out);
    free(p->in);
    free(p);
}

/* Puts up to `len` bytes of the stream, from `*at` on, into the outlet: how many there was room for. */
static inline size_t pump_read(struct pump *p, uint64_t *at, size_t len)
{
    struct iovec iov[S5A_TOL_IOV_MAX];
    int count = s5a_tol_outlet_room(&p->outlet, iov, S5A_TOL_IOV_MAX);
    size_t done = 0;
    for (int i = 0; i < count; i++)
        for (size_t b = 0; b < iov[i].iov_len && done < len; b++, done++)
            ((uint8_t *)iov[i].iov_base)[b] = pump_byte((*at)++);
    if (done > 0)
        s5a_tol_outlet_took(&p->outlet, done, 0, p->now);
    return done;
}

/* One write of what the outlet has now, as far as the wire takes it; its length. */
static inline size_t pump_write(struct pump *p)
{
    struct iovec iov[S5A_TOL_IOV_MAX];
    int count = s5a_tol_outlet_output(&p->outlet, p->now, iov, S5A_TOL_IOV_MAX);
    size_t most = PUMP_WIRE_CAP - p->wire_len, done = 0;
    if (p->step > 0 && most > pump_luck(p, p->step))
        most = pump_luck(p, p->step);
    for (int i = 0; i < count && done < most; i++) {
        size_t len = iov[i].iov_len < most - done ? iov[i].iov_len : most - done;
        memcpy(p->wire + p->wire_len, iov[i].iov_base, len);
        p->wire_len += len;
        done += len;
    }
    s5a_tol_outlet_sent(&p->outlet, done);
    p->wire_total += done;
    p->writes += done > 0;
    return done;
}

/* The wire's bytes into the inlet, as far as there is room. */
static inline size_t pump_arrive(struct pump *p)
{
    size_t room, len = p->wire_len;
    uint8_t *at = s5a_tol_inlet_room(&p->inlet, &room);
    if (p->step > 0 && len > p->step)
        len = pump_luck(p, p->step);
    if (len > room)
        len = room;
    if (len == 0)
        return 0;
    memcpy(at, p->wire, len);
    memmove(p->wire, p->wire + len, p->wire_len - len);
    p->wire_len -= len;
    s5a_tol_inlet_took(&p->inlet, len);
    return len;
}

/* One write of plain bytes at the other end, checked; at most `most`. */
static inline size_t pump_give(struct pump *p, size_t most)
{
    struct iovec iov[S5A_TOL_IOV_MAX];
    int count = s5a_tol_inlet_payload(&p->inlet, iov, S5A_TOL_IOV_MAX);
    size_t done = 0;
    for (int i = 0; i < count; i++)
        for (size_t b = 0; b < iov[i].iov_len && done < most; b++, done++)
            PUMP_REQUIRE(((uint8_t *)iov[i].iov_base)[b] == pump_byte(p->got++));
    s5a_tol_inlet_gave(&p->inlet, done);
    return done;
}

/* Moves what can be moved without waiting for a time; the end of the wire is empty then. */
static inline void pump_settle(struct pump *p)
{
    size_t moved;
    do {
        moved = pump_write(p);
        moved += pump_arrive(p);
        moved += pump_give(p, p->step > 0 ? pump_luck(p, p->step) : SIZE_MAX);
    } while (moved > 0);
}

/* Goes on to the outlet's deadline; false where there is none, or not before `until`. */
static inline bool pump_wait(struct pump *p, uint64_t until)
{
    uint64_t deadline = s5a_tol_outlet_deadline(&p->outlet);
    if (deadline == S5A_TOL_NEVER || deadline >= until)
        return false;
    if (deadline > p->now)
        p->now = deadline;
    return true;
}

static inline struct s5a_tol_shape pump_shape(uint8_t type)
{
    struct s5a_tol_shape shape;
    s5a_tol_shape_default(&shape, type);
    return shape;
}

/* What one look at the wire finds. */
struct pump_seen {
    size_t records, dummies, payload, largest;
};

/* Opens what is on the wire, and empties it. */
static inline struct pump_seen pump_look(struct pump *p)
{
    struct pump_seen seen = { 0 };
    struct s5a_tol_record record;
    for (size_t at = 0; at < p->wire_len; at += record.len) {
        PUMP_REQUIRE(s5a_tol_link_open(&p->to, p->wire + at, p->wire_len - at, &record) ==
                     S5A_TOL_WHOLE);
        seen.records++;
        seen.dummies += record.is_dummy;
        seen.payload += record.payload_len;
        if (record.payload_len > seen.largest)
            seen.largest = record.payload_len;
    }
    p->wire_len = 0;
    return seen;
}

static inline void pump_write_all(struct pump *p)
{
    while (pump_write(p) > 0)
        ;
}

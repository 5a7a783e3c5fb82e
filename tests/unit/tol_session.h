/* The sessions of the vectors over TOL, one end of them: seals the records of a side's steps to
 * the bytes of the vectors, and opens what the other side sent, be it the vectors' or that of code
 * under test, whose padding differs. For tests of clients and servers: play the other end.
 *
 *   tol_session_open, tol_session_end of the side to play; then, in the order of the steps,
 *   tol_session_seal for its own, tol_session_take for those of the other side */
#pragma once

#include "protocol/tol/link.h"
#include "tests/unit/tol_lab.h"

struct tol_session {
    json_t *file, *steps;
    struct s5a_span greeting;
    bool has_network, has_keys;
    struct s5a_key network, ck2;
    struct s5a_digest t; /* T_f */
    bool sealed;
};

static inline bool tol_session_is_eaf(const json_t *step)
{
    return strstr(vector_text(step, "what"), "message ") != NULL;
}

static inline bool tol_session_is_from(const json_t *step, enum s5a_tol_role role)
{
    return strcmp(vector_text(step, "dir"), role == S5A_TOL_CLIENT ? "c2s" : "s2c") == 0;
}

/* session-81-NAME.json; release by tol_session_close. */
static inline struct tol_session tol_session_open(const char *name)
{
    char path[64];
    struct tol_session s = { .has_network = false };
    snprintf(path, sizeof(path), "session-81-%s", name);
    s.file = vector_file(path);
    s.steps = json_object_get(s.file, "steps");
    s.greeting = vector_bytes(json_array_get(s.steps, 0), "bytes");
    const json_t *keys = json_object_get(s.file, "keys"), *given = json_object_get(s.file, "given");
    s.has_network = json_object_get(given, "network key") != NULL;
    if (s.has_network)
        s.network = tol_key(given, "network key");
    s.has_keys = json_object_get(keys, "f") != NULL;
    if (s.has_keys) {
        size_t f = (size_t)vector_number(keys, "f");
        const char *t = json_string_value(json_array_get(json_object_get(keys, "T"), f));
        s.ck2 = tol_key(keys, "CK_2");
        cr_assert_eq(vector_unhex(t, s.t.bytes, sizeof(s.t.bytes)), sizeof(s.t.bytes));
        s.sealed = json_is_true(json_object_get(json_object_get(s.file, "outcome"), "sealed"));
    }
    return s;
}

static inline void tol_session_close(struct tol_session *s)
{
    json_decref(s->file);
}

/* An end of it, before the first record. */
static inline void tol_session_end(const struct tol_session *s, struct s5a_tol_link *link,
                                   enum s5a_tol_role role)
{
    struct s5a_key seed = { { 1, 2, 3 } };
    s5a_tol_link_init(link, role, s->has_network ? &s->network : NULL, s->greeting, &seed, NULL);
    if (s->has_keys)
        s5a_tol_link_agree(link, &s->ck2, &s->t, s->sealed);
}

/* A step of this end's own: its records appended to `w`, compared with the bytes of the vector. */
static inline void tol_session_seal(struct s5a_tol_link *link, const json_t *step,
                                    struct s5a_writer *w)
{
    json_t *records = json_object_get(step, "records"), *record;
    struct s5a_span wire = vector_bytes(step, "bytes");
    uint8_t *out = s5a_write_reserve(w, wire.len), room[S5A_TOL_RECORD_MAX];
    size_t i, done = 0;
    cr_assert(out);
    if (!tol_session_is_eaf(step))
        s5a_tol_link_switch_out(link);
    json_array_foreach(records, i, record)
    {
        size_t len = tol_seal(&link->out, room, record);
        cr_assert(len > 0 && done + len <= wire.len);
        memcpy(out + done, room, len);
        done += len;
    }
    vector_expect(vector_text(step, "what"), (struct s5a_span){ out, done }, wire);
}

/* Records of the other side, all of `bytes`, which belong to `step`: the stream in them appended to
 * `payload`, records (dummies too) counted in `*count`. False where one is bad or not whole. */
static inline bool tol_session_take(struct s5a_tol_link *link, const json_t *step, uint8_t *bytes,
                                    size_t len, struct s5a_writer *payload, size_t *count)
{
    struct s5a_tol_record record;
    if (!tol_session_is_eaf(step))
        s5a_tol_link_switch_in(link);
    for (*count = 0; len > 0; ++*count) {
        if (s5a_tol_link_open(link, bytes, len, &record) != S5A_TOL_WHOLE)
            return false;
        s5a_write_bytes(payload, record.payload, record.payload_len);
        bytes += record.len;
        len -= record.len;
    }
    return !payload->bad;
}

/* Keys and records of the TOL vectors. */
#pragma once

#include "protocol/tol/record.h"
#include "tests/unit/vector_file.h"

static inline struct s5a_key tol_key(const json_t *entry, const char *name)
{
    struct s5a_key key;
    memcpy(key.bytes, vector_exact(entry, name, sizeof(key.bytes)), sizeof(key.bytes));
    return key;
}

/* The keys at the head of tol.json. */
static inline struct s5a_tol_keys tol_keys(const json_t *file)
{
    return (struct s5a_tol_keys){ tol_key(file, "SessionKey"), tol_key(file, "aead"),
                                  tol_key(file, "mask") };
}

/* `n` is a string where it is large. */
static inline uint64_t tol_number(const json_t *entry)
{
    const json_t *n = json_object_get(entry, "n");
    return json_is_string(n) ? strtoull(json_string_value(n), NULL, 10)
                             : (uint64_t)json_integer_value(n);
}

/* A direction of tol.json, at the record of the entry. */
static inline struct s5a_tol_direction tol_direction(const json_t *file, const json_t *entry,
                                                     bool sealed)
{
    struct s5a_tol_keys keys = tol_keys(file);
    struct s5a_tol_direction d;
    s5a_tol_direction_start(&d, &keys, sealed);
    d.n = tol_number(entry);
    return d;
}

/* Seals a record of the vectors: its length, 0 where it is refused. */
static inline size_t tol_seal(struct s5a_tol_direction *d, uint8_t *out, const json_t *record)
{
    struct s5a_span rand = vector_bytes(record, "rand"), payload = vector_bytes(record, "payload");
    memcpy(out + 4, rand.at, rand.len);
    memcpy(out + 6 + rand.len, payload.at, payload.len);
    return s5a_tol_seal(d, out, (uint8_t)vector_number(record, "type"), rand.len, payload.len);
}

/* What was opened is the record of the vectors. */
static inline void tol_expect(const struct s5a_tol_record *got, const json_t *record)
{
    cr_expect_eq(got->type, vector_number(record, "type"));
    vector_expect("rand", got->rand, vector_bytes(record, "rand"));
    vector_expect("payload", (struct s5a_span){ got->payload, got->payload_len },
                  vector_bytes(record, "payload"));
    cr_expect_eq(got->is_end, got->payload_len == 0 && got->type == S5A_TOL_BARE);
    cr_expect_eq(got->is_dummy, got->payload_len == 0 && got->type != S5A_TOL_BARE);
}

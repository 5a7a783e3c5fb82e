/* The decoders of the codec vectors, each behind one signature. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "protocol/bytes.h"
#include "protocol/status.h"

enum { VECTORS_BYTES_CAP = 8192 };

/* What one decoder made of one input. */
struct vectors_outcome {
    enum s5a_status status;
    size_t used;
    json_t *value;           /* the shape of the entry's `value`; NULL without OK */
    struct s5a_writer again; /* encoded from what was decoded */
    uint8_t storage[VECTORS_BYTES_CAP];
};

typedef void vectors_decode_fn(const json_t *entry, struct s5a_reader *r,
                               struct vectors_outcome *out);

struct vectors_decoder {
    const char *name;
    vectors_decode_fn *decode;
    bool is_stream; /* waits for more; the others take the whole input */
};

/* NULL for a name that nobody knows. */
const struct vectors_decoder *vectors_find_decoder(const char *name);

/* Those of EAF, in vectors_eaf.c. */
vectors_decode_fn vectors_metadata, vectors_eaf_message, vectors_auth, vectors_answer;

/* JSON of bytes as hex and as text. */
json_t *vectors_hex(struct s5a_span bytes);
json_t *vectors_plain(struct s5a_span text);
void vectors_set(json_t *object, const char *key, json_int_t number);

/* What fuzzers of stream decoders share: the properties that every decoder has to keep. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "protocol/bytes.h"
#include "protocol/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that does not hold is a crash, which the fuzzer reports with its input. */
#define REQUIRE(condition)    \
    do {                      \
        if (!(condition))     \
            __builtin_trap(); \
    } while (0)

/* Takes one message off the reader; `context` has rules and results of the fuzzer at hand. */
typedef enum s5a_status fuzz_decode_fn(struct s5a_reader *r, void *context);
/* Writes the message that was decoded last. */
typedef void fuzz_encode_fn(struct s5a_writer *w, void *context);

/* Decodes from a block of exactly this size, so that the sanitizer sees each read beyond; the
 * reader must have moved if, and only if, the result is OK. */
static inline enum s5a_status fuzz_decode(struct s5a_span in, fuzz_decode_fn *decode, void *context,
                                          size_t *used)
{
    uint8_t *exact = malloc(in.len > 0 ? in.len : 1);
    struct s5a_reader r;
    REQUIRE(exact);
    if (in.len > 0)
        memcpy(exact, in.at, in.len);
    s5a_reader_init(&r, exact, in.len);
    struct s5a_reader before = r;
    enum s5a_status status = decode(&r, context);
    REQUIRE(!r.bad && r.end == before.end);
    REQUIRE((status == S5A_OK) == (r.at != before.at));
    *used = (size_t)(r.at - before.at);
    free(exact);
    return status;
}

/* A beginning of a message waits for more, one of nonsense waits or is refused alike. */
static inline void fuzz_prefix(struct s5a_span in, size_t len, enum s5a_status whole,
                               fuzz_decode_fn *decode, void *context)
{
    size_t used;
    enum s5a_status status = fuzz_decode((struct s5a_span){ in.at, len }, decode, context, &used);
    REQUIRE(status == S5A_INCOMPLETE || (whole != S5A_OK && status == whole));
}

/* All of the above for one input; says what it is and how long. Long messages are cut at their
 * first and last bytes only. */
static inline enum s5a_status fuzz_stream(struct s5a_span in, fuzz_decode_fn *decode, void *context,
                                          size_t *used)
{
    enum { CUTS = 48 };
    enum s5a_status whole = fuzz_decode(in, decode, context, used);
    size_t end = whole == S5A_OK ? *used : in.len, same;
    for (size_t len = 0; len < end; len++)
        if (len < CUTS || len + CUTS > end)
            fuzz_prefix(in, len, whole, decode, context);
    if (whole == S5A_OK) { /* what follows makes no difference */
        in.len = *used;
        REQUIRE(fuzz_decode(in, decode, context, &same) == S5A_OK && same == *used);
    }
    return whole;
}

/* Encodes into exactly `len` bytes, which must do, and into one less, which must not.
 * The caller frees the result. */
static inline uint8_t *fuzz_encode(fuzz_encode_fn *encode, void *context, size_t len)
{
    uint8_t *out = malloc(len);
    struct s5a_writer w;
    REQUIRE(out);
    s5a_writer_init(&w, out, len - 1);
    encode(&w, context);
    REQUIRE(w.bad);
    s5a_writer_init(&w, out, len);
    encode(&w, context);
    REQUIRE(!w.bad && s5a_writer_len(&w) == len);
    return out;
}

/* The message encodes to the bytes that it came from. */
static inline void fuzz_same(struct s5a_span in, fuzz_encode_fn *encode, void *context)
{
    uint8_t *out = fuzz_encode(encode, context, in.len);
    REQUIRE(memcmp(out, in.at, in.len) == 0);
    free(out);
}

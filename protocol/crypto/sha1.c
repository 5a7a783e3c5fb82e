/* SHA-1 and HMAC-SHA-1. */
#include "protocol/crypto/sha1.h"

#include <string.h>

#include "protocol/secret.h"

enum { BLOCK_LEN = 64, WORDS = 80 };

struct state {
    uint32_t h[5];
    uint64_t total; /* bytes taken */
    uint8_t block[BLOCK_LEN];
};

static uint32_t rotate(uint32_t v, unsigned by)
{
    return v << by | v >> (32 - by);
}

/* RFC 3174, section 6.1: the words of a block, then 80 steps */
static void schedule(uint32_t w[static WORDS], const uint8_t block[static BLOCK_LEN])
{
    struct s5a_reader r;
    s5a_reader_init(&r, block, BLOCK_LEN);
    for (size_t t = 0; t < 16; t++)
        w[t] = s5a_read_u32(&r);
    for (size_t t = 16; t < WORDS; t++)
        w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
}

/* RFC 3174, section 5: the function and the constant of step t */
static uint32_t mix(size_t t, uint32_t b, uint32_t c, uint32_t d)
{
    if (t < 20)
        return ((b & c) | (~b & d)) + 0x5a827999;
    if (t < 40)
        return (b ^ c ^ d) + 0x6ed9eba1;
    if (t < 60)
        return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    return (b ^ c ^ d) + 0xca62c1d6;
}

static void compress(struct state *s)
{
    uint32_t w[WORDS], v[5];
    schedule(w, s->block);
    memcpy(v, s->h, sizeof(v));
    for (size_t t = 0; t < WORDS; t++) {
        uint32_t next = rotate(v[0], 5) + mix(t, v[1], v[2], v[3]) + v[4] + w[t];
        v[4] = v[3];
        v[3] = v[2];
        v[2] = rotate(v[1], 30);
        v[1] = v[0];
        v[0] = next;
    }
    for (size_t i = 0; i < 5; i++)
        s->h[i] += v[i];
    s5a_wipe(w, sizeof(w));
    s5a_wipe(v, sizeof(v));
}

static void take(struct state *s, struct s5a_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        s->block[s->total++ % BLOCK_LEN] = bytes.at[i];
        if (s->total % BLOCK_LEN == 0)
            compress(s);
    }
}

static void begin(struct state *s)
{
    static const uint32_t initial[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
                                         0xc3d2e1f0 };
    memset(s, 0, sizeof(*s));
    memcpy(s->h, initial, sizeof(initial));
}

/* RFC 3174, section 4: a bit, zeros, the length in bits */
static void finish(struct state *s, uint8_t out[static S5A_SHA1_LEN])
{
    static const uint8_t bit[1] = { 0x80 }, zero[1] = { 0 };
    uint8_t length[8];
    struct s5a_writer w;
    s5a_writer_init(&w, length, sizeof(length));
    s5a_write_u64(&w, s->total * 8);
    take(s, (struct s5a_span){ bit, 1 });
    while (s->total % BLOCK_LEN != BLOCK_LEN - sizeof(length))
        take(s, (struct s5a_span){ zero, 1 });
    take(s, (struct s5a_span){ length, sizeof(length) });
    s5a_writer_init(&w, out, S5A_SHA1_LEN);
    for (size_t i = 0; i < 5; i++)
        s5a_write_u32(&w, s->h[i]);
    s5a_wipe(s, sizeof(*s));
}

void s5a_sha1(uint8_t out[static S5A_SHA1_LEN], struct s5a_span bytes)
{
    struct state s;
    begin(&s);
    take(&s, bytes);
    finish(&s, out);
}

/* RFC 2104: H(key ^ pad, bytes) for the inner and the outer pad */
static void padded(uint8_t out[static S5A_SHA1_LEN], const uint8_t key[static BLOCK_LEN],
                   uint8_t pad, struct s5a_span bytes)
{
    struct state s;
    uint8_t block[BLOCK_LEN];
    for (size_t i = 0; i < BLOCK_LEN; i++)
        block[i] = key[i] ^ pad;
    begin(&s);
    take(&s, (struct s5a_span){ block, sizeof(block) });
    take(&s, bytes);
    finish(&s, out);
    s5a_wipe(block, sizeof(block));
}

void s5a_hmac_sha1(uint8_t out[static S5A_SHA1_LEN], struct s5a_span key, struct s5a_span bytes)
{
    uint8_t block[BLOCK_LEN] = { 0 }, inner[S5A_SHA1_LEN];
    if (key.len > BLOCK_LEN)
        s5a_sha1(block, key);
    else if (key.len > 0)
        memcpy(block, key.at, key.len);
    padded(inner, block, 0x36, bytes);
    padded(out, block, 0x5c, (struct s5a_span){ inner, sizeof(inner) });
    s5a_wipe(block, sizeof(block));
    s5a_wipe(inner, sizeof(inner));
}

/* How fast records are sealed and opened, and how much of that is the cipher.
 *   records
 * For each line "TYPE SEALED PIECE MIB" on standard input it moves MIB MiB in pieces of PIECE bytes
 * through an outlet and an inlet, and does with records of the same size only what the cipher does.
 * Prints four CPU times in ns: sealing, the cipher's of it, opening, the cipher's of it. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "endpoint.h"
#include "protocol/tol/inlet.h"
#include "protocol/tol/outlet.h"

struct took {
    uint64_t seal, open;
};

struct pair {
    struct s5a_tol_link from, to;
    struct s5a_tol_outlet outlet;
    struct s5a_tol_inlet inlet;
    uint8_t *out, *in, *wire;
    size_t len; /* on the wire */
};

/* Looking at the clock costs more than a short record: it is done once a round. */
enum { ROUND = 65536, WIRE_CAP = 16 * ROUND /* pieces of 64 bytes, padded */ };

static void link_up(struct s5a_tol_link *link, enum s5a_tol_role role, uint8_t type, bool sealed)
{
    static const struct s5a_key ck2 = { { 5 } };
    static const struct s5a_digest t = { { 6 } };
    struct s5a_key seed = { { 7 } };
    struct s5a_tol_shape shape;
    s5a_tol_shape_default(&shape, type);
    s5a_tol_link_init(link, role, NULL, S5A_SPAN("\5\1\x81"), &seed, &shape);
    s5a_tol_link_agree(link, &ck2, &t, sealed);
    s5a_tol_link_switch_in(link);
    s5a_tol_link_switch_out(link);
}

static void pair_init(struct pair *p, uint8_t type, bool sealed)
{
    link_up(&p->from, S5A_TOL_CLIENT, type, sealed);
    link_up(&p->to, S5A_TOL_SERVER, type, sealed);
    s5a_tol_outlet_init(&p->outlet, &p->from, 1);
    s5a_tol_inlet_init(&p->inlet, &p->to);
    s5a_tol_outlet_lend(&p->outlet, p->out);
    s5a_tol_inlet_lend(&p->inlet, p->in);
}

/* A round's pieces, each written to the wire. */
static void seal_round(struct pair *p, size_t piece, size_t pieces)
{
    struct iovec iov[S5A_TOL_IOV_MAX];
    p->len = 0;
    for (; pieces > 0; pieces--) {
        (void)s5a_tol_outlet_room(&p->outlet, iov, S5A_TOL_IOV_MAX);
        s5a_tol_outlet_took(&p->outlet, piece, 0, 1);
        int count = s5a_tol_outlet_output(&p->outlet, 1, iov, S5A_TOL_IOV_MAX);
        for (int i = 0; i < count; i++) {
            memcpy(p->wire + p->len, iov[i].iov_base, iov[i].iov_len);
            p->len += iov[i].iov_len;
            s5a_tol_outlet_sent(&p->outlet, iov[i].iov_len);
        }
    }
}

static size_t open_some(struct pair *p)
{
    struct iovec iov[S5A_TOL_IOV_MAX];
    size_t done = 0;
    int count;
    while ((count = s5a_tol_inlet_payload(&p->inlet, iov, S5A_TOL_IOV_MAX)) > 0)
        for (int i = 0; i < count; i++) {
            done += iov[i].iov_len;
            s5a_tol_inlet_gave(&p->inlet, iov[i].iov_len);
        }
    return done;
}

static size_t open_round(struct pair *p)
{
    size_t done = 0;
    for (size_t at = 0; at < p->len;) {
        size_t room, left = p->len - at;
        uint8_t *to = s5a_tol_inlet_room(&p->inlet, &room);
        if (room > left)
            room = left;
        memcpy(to, p->wire + at, room);
        s5a_tol_inlet_took(&p->inlet, room);
        at += room;
        done += open_some(p);
    }
    return done;
}

static struct took move(struct pair *p, uint64_t total, size_t piece)
{
    struct took took = { 0, 0 };
    size_t pieces = ROUND / piece;
    for (uint64_t at = 0; at < total; at += pieces * piece) {
        uint64_t begun = cpu_ns();
        seal_round(p, piece, pieces);
        uint64_t middle = cpu_ns();
        if (open_round(p) != pieces * piece)
            fail("bytes did not arrive");
        took.seal += middle - begun;
        took.open += cpu_ns() - middle;
    }
    return took;
}

/* The same bytes in as many records. */
static struct took cipher(uint64_t total, size_t piece)
{
    enum { LONGEST = S5A_TOL_PAYLOAD_MAX, TAG = crypto_aead_chacha20poly1305_ietf_ABYTES };
    static uint8_t bytes[2 * ROUND * (1 + TAG)], ad[4];
    static const uint8_t key[crypto_aead_chacha20poly1305_ietf_KEYBYTES], nonce[12];
    size_t len = piece < LONGEST ? piece : LONGEST, records = ROUND / piece * (piece / len);
    struct took took = { 0, 0 };
    int bad = 0;
    for (uint64_t at = 0; at < total; at += records * len) {
        uint64_t begun = cpu_ns();
        for (size_t i = 0; i < records; i++)
            crypto_aead_chacha20poly1305_ietf_encrypt(bytes + i * (len + TAG), NULL,
                                                      bytes + i * (len + TAG), len, ad, sizeof(ad),
                                                      NULL, nonce, key);
        uint64_t middle = cpu_ns();
        for (size_t i = 0; i < records; i++)
            bad |= crypto_aead_chacha20poly1305_ietf_decrypt(bytes + i * (len + TAG), NULL, NULL,
                                                             bytes + i * (len + TAG), len + TAG, ad,
                                                             sizeof(ad), nonce, key);
        took.seal += middle - begun;
        took.open += cpu_ns() - middle;
    }
    if (bad)
        fail("the cipher");
    return took;
}

int main(void)
{
    struct pair p = { .out = malloc(S5A_TOL_OUT_CAP),
                      .in = malloc(S5A_TOL_IN_CAP),
                      .wire = malloc(WIRE_CAP) };
    unsigned type, sealed, piece, mib;
    if (sodium_init() < 0 || !p.out || !p.in || !p.wire)
        return 1;
    while (scanf("%u %u %u %u", &type, &sealed, &piece, &mib) == 4) {
        uint64_t total = (uint64_t)mib << 20;
        if (type > S5A_TOL_PADDING || piece < 64 || piece > ROUND)
            return 2;
        pair_init(&p, (uint8_t)type, sealed);
        struct took ours = move(&p, total, piece), bare = cipher(total, piece);
        printf("%lu %lu %lu %lu\n", ours.seal, bare.seal, ours.open, bare.open);
        fflush(stdout);
    }
    return 0;
}

/* SIG, nonce and mask of a record. */
#include "protocol/tol/mask.h"

#include <sodium/crypto_stream_chacha20.h>
#include <string.h>

#include "protocol/secret.h"

_Static_assert(crypto_stream_chacha20_ietf_NONCEBYTES == S5A_AEAD_NONCE_LEN, "nonce");

void s5a_tol_nonce(uint8_t nonce[static S5A_AEAD_NONCE_LEN], uint64_t n)
{
    struct s5a_writer w;
    s5a_writer_init(&w, nonce, S5A_AEAD_NONCE_LEN);
    s5a_write_u32(&w, 0);
    s5a_write_u64(&w, n);
}

/* SEALED: HMAC(SessionKey_x, n || TYPE || RAND_LEN || DLEN)
 * else:   HMAC(SessionKey_x, TYPE || RAND_LEN || RAND || DATA) */
void s5a_tol_sign(const struct s5a_tol_direction *d, const uint8_t *at, size_t head, size_t dlen,
                  uint8_t sig[static S5A_TOL_SIG_LEN])
{
    uint8_t digest[S5A_DIGEST_LEN], n[sizeof(d->n)];
    struct s5a_writer w;
    s5a_writer_init(&w, n, sizeof(n));
    s5a_write_u64(&w, d->n);
    if (d->mode == S5A_TOL_SEALED)
        s5a_hmac_under(digest, &d->session,
                       S5A_PARTS({ n, sizeof(n) }, { at + 2, 2 }, { at + head - 2, 2 }));
    else
        s5a_hmac_under(digest, &d->session, S5A_PARTS({ at + 2, head - 2 + dlen }));
    memcpy(sig, digest, S5A_TOL_SIG_LEN);
}

void s5a_tol_mask(const struct s5a_tol_direction *d, uint8_t *at, size_t from, size_t to)
{
    uint8_t nonce[S5A_AEAD_NONCE_LEN], stream[S5A_TOL_HEAD_MAX];
    s5a_tol_nonce(nonce, d->n);
    crypto_stream_chacha20_ietf(stream, to, nonce, d->mask.bytes);
    for (size_t i = from; i < to; i++)
        at[i] ^= stream[i];
    s5a_wipe(stream, to);
}

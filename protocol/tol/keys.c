/* Keys of TOL records. */
#include "protocol/tol/keys.h"

#include "protocol/eaf/keys.h"
#include "protocol/greeting.h"
#include "protocol/secret.h"

static void expand(void *out, size_t len, const struct s5a_key *prk, struct s5a_span label,
                   enum s5a_direction x, const struct s5a_digest *t)
{
    uint8_t direction = (uint8_t)x;
    s5a_hkdf_expand(out, len, prk,
                    S5A_PARTS(label, (struct s5a_span){ &direction, 1 }, s5a_digest_span(t)));
}

/* SessionKey_x   = Expand(CK_2, "tol" || u8(x) || T_f, 32)
 * aead_x, mask_x = Expand(CK_2, "tol seal" || u8(x) || T_f, 64) */
void s5a_tol_keys(struct s5a_tol_keys *keys, const struct s5a_key *ck2, enum s5a_direction x,
                  const struct s5a_digest *t)
{
    struct s5a_key sealed[2];
    expand(&keys->session, sizeof(keys->session), ck2, S5A_SPAN("tol"), x, t);
    expand(sealed, sizeof(sealed), ck2, S5A_SPAN("tol seal"), x, t);
    keys->aead = sealed[0];
    keys->mask = sealed[1];
    s5a_wipe(sealed, sizeof(sealed));
}

/* Expand(CK_0 without a ticket, "tol hello" || u8(x) || SHA-256(GREETING || 05 81), 32) */
void s5a_tol_hello_key(struct s5a_key *session, const struct s5a_key *network, enum s5a_direction x,
                       struct s5a_span greeting)
{
    static const uint8_t selection[] = { S5A_VERSION, S5A_METHOD_TOL };
    struct s5a_key psk, ck;
    struct s5a_digest t;
    s5a_eaf_psk(&psk, network, NULL);
    s5a_eaf_ck_start(&ck, &psk);
    s5a_sha256(&t, S5A_PARTS(greeting, (struct s5a_span){ selection, sizeof(selection) }));
    expand(session, sizeof(*session), &ck, S5A_SPAN("tol hello"), x, &t);
    s5a_wipe(&psk, sizeof(psk));
    s5a_wipe(&ck, sizeof(ck));
}

/* Transcript and key schedule. */
#include "protocol/eaf/keys.h"

#include "protocol/greeting.h"
#include "protocol/secret.h"

#define LABEL S5A_SPAN("SOCKS5a profile 1 EAF")

static const uint8_t zeros[S5A_KEY_LEN];

void s5a_eaf_psk(struct s5a_key *psk, const struct s5a_key *network,
                 const struct s5a_key *resumption)
{
    if (network && resumption)
        s5a_hkdf_extract(psk, s5a_key_span(network), s5a_key_span(resumption));
    else if (network)
        *psk = *network;
    else if (resumption)
        *psk = *resumption;
    else
        *psk = (struct s5a_key){ { 0 } };
}

/* T_0 = SHA-256(label || 00 || GREETING || 05 METHOD || 01 || 01 || S) */
void s5a_eaf_transcript_start(struct s5a_digest *t, struct s5a_span greeting, uint8_t method,
                              const uint8_t *server_key)
{
    const uint8_t middle[] = { S5A_VERSION, method, 0x01, 0x01 };
    struct s5a_span key = { server_key ? server_key : zeros, S5A_X25519_LEN };
    s5a_sha256(t, S5A_PARTS(LABEL, S5A_SPAN("\0"), greeting,
                            (struct s5a_span){ middle, sizeof(middle) }, key));
}

/* T_i = SHA-256(T_{i-1} || M_i) */
void s5a_eaf_transcript_add(struct s5a_digest *t, struct s5a_span message)
{
    s5a_sha256(t, S5A_PARTS(s5a_digest_span(t), message));
}

/* CK_0 = Extract(label, PSK) */
void s5a_eaf_ck_start(struct s5a_key *ck, const struct s5a_key *psk)
{
    s5a_hkdf_extract(ck, LABEL, s5a_key_span(psk));
}

/* CK_1 = Extract(CK_0, DH(E_c, S)), CK_2 = Extract(CK_1, DH(E_c, E_s)) */
bool s5a_eaf_ck_mix(struct s5a_key *ck, const struct s5a_key *secret,
                    const uint8_t peer[static S5A_X25519_LEN])
{
    struct s5a_key shared;
    bool good = s5a_x25519(&shared, secret, peer);
    if (good)
        s5a_hkdf_extract(ck, s5a_key_span(ck), s5a_key_span(&shared));
    s5a_wipe(&shared, sizeof(shared));
    return good;
}

/* mac_i || seal_i = Expand(CK, "message" || u8(i) || T_{i-1}, 64) */
void s5a_eaf_message_keys(struct s5a_eaf_keys *keys, const struct s5a_key *ck, uint8_t i,
                          const struct s5a_digest *t)
{
    _Static_assert(sizeof(*keys) == 64, "mac_i || seal_i");
    s5a_hkdf_expand(keys, sizeof(*keys), ck,
                    S5A_PARTS(S5A_SPAN("message"), (struct s5a_span){ &i, 1 }, s5a_digest_span(t)));
}

/* R = Expand(CK_2, "resumption" || T_{f-1}, 32) */
void s5a_eaf_resumption(struct s5a_key *resumption, const struct s5a_key *ck2,
                        const struct s5a_digest *t)
{
    s5a_hkdf_expand(resumption->bytes, sizeof(resumption->bytes), ck2,
                    S5A_PARTS(S5A_SPAN("resumption"), s5a_digest_span(t)));
}

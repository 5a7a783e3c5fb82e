/* The other end of an EAF exchange, which has the keys and says what the input wants: so a fuzzer
 * gets behind the HMAC.
 *
 * Input: messages, each `HOW u8 | AUTH vec16 | LIST vec16 | CLEAR vec16`; HOW bit 0: AUTH as it
 * stands, without seals; bit 1: no TLV 80; bit 2: a wrong HMAC. */
#pragma once

#include "tests/fuzz/check.h"

#include "protocol/eaf/channel.h"
#include "protocol/eaf/seal.h"
#include "protocol/tlv.h"

enum { FORGED_RAW = 1, FORGED_NO_LIST = 2, FORGED_HMAC = 4, FORGED_CAP = S5A_EAF_MESSAGE_MAX };

static const struct s5a_key forger_s = { { 0, 1 } }, forger_e_c = { { 0, 2 } },
                            forger_e_s = { { 0, 3 } };
static const struct s5a_key forger_r = { { 4 } };

static inline struct s5a_span forger_seal(uint8_t *out, struct s5a_span text,
                                          const struct s5a_key *key, const uint8_t *nonce,
                                          struct s5a_span ad)
{
    if (text.len > 0)
        memcpy(out, text.at, text.len);
    s5a_aead_seal(out, text.len, key, nonce, ad);
    return (struct s5a_span){ out, text.len + S5A_AEAD_TAG_LEN };
}

/* Key exchange in messages 1 and 2, then what the input has, then TLV 80. */
static inline void forger_metadata(struct s5a_writer *w, uint8_t how, struct s5a_span list,
                                   struct s5a_span clear, const struct s5a_key *seal,
                                   struct s5a_span kex)
{
    static uint8_t sealed[FORGED_CAP];
    if (kex.len > 0)
        s5a_tlv_encode(w, 0x01, kex);
    s5a_write_span(w, clear);
    if (!(how & FORGED_NO_LIST) && list.len <= S5A_EAF_TEXT_MAX)
        s5a_tlv_encode(w, 0x80,
                       forger_seal(sealed, list, seal, s5a_nonce_list, (struct s5a_span){ 0 }));
}

static inline void forger_head(uint8_t *head, size_t auth, size_t metadata)
{
    struct s5a_writer w;
    s5a_writer_init(&w, head, S5A_EAF_HEAD_LEN);
    s5a_write_u8(&w, S5A_EAF_VERSION);
    s5a_write_u16(&w, (uint16_t)auth);
    s5a_write_u16(&w, (uint16_t)metadata);
}

/* Writes the next message of the input, and counts it; false where the input has none. */
static inline bool forger_message(struct s5a_writer *w, struct s5a_reader *input,
                                  struct s5a_eaf_channel *channel, struct s5a_span kex)
{
    static uint8_t metadata[2 * FORGED_CAP], sealed[FORGED_CAP];
    uint8_t how = s5a_read_u8(input), head[S5A_EAF_HEAD_LEN];
    struct s5a_span auth = s5a_read_vec16(input), list = s5a_read_vec16(input);
    struct s5a_span clear = s5a_read_vec16(input);
    struct s5a_eaf_keys keys;
    struct s5a_writer m;
    if (input->bad || auth.len > S5A_EAF_TEXT_MAX)
        return false;
    if (how & FORGED_RAW) {
        s5a_write_span(w, auth);
        return true;
    }
    s5a_eaf_message_keys(&keys, &channel->ck, (uint8_t)(channel->count + 1), &channel->t);
    s5a_writer_init(&m, metadata, sizeof(metadata));
    forger_metadata(&m, how, list, clear, &keys.seal, kex);
    if (m.bad || s5a_writer_len(&m) > S5A_EAF_PART_MAX)
        return false;
    size_t auth_len = auth.len > 0 ? auth.len + S5A_AEAD_TAG_LEN : 0;
    forger_head(head, auth_len, s5a_writer_len(&m));
    uint8_t *begin = w->at;
    size_t before = s5a_writer_len(w);
    s5a_write_bytes(w, head, sizeof(head));
    if (auth.len > 0)
        s5a_write_span(w, forger_seal(sealed, auth, &keys.seal, s5a_nonce_auth,
                                      (struct s5a_span){ head, sizeof(head) }));
    s5a_write_bytes(w, metadata, s5a_writer_len(&m));
    keys.mac.bytes[0] ^= how & FORGED_HMAC;
    s5a_eaf_hmac_encode(w, &keys.mac, (struct s5a_span){ begin, s5a_writer_len(w) - before });
    s5a_eaf_transcript_add(&channel->t, (struct s5a_span){ begin, s5a_writer_len(w) - before });
    channel->count++;
    return !w->bad;
}

/* GROUP, FLAGS, EPK of a secret key. */
static inline struct s5a_span forger_kex(uint8_t out[34], const struct s5a_key *secret,
                                         uint8_t flags)
{
    out[0] = 1;
    out[1] = flags;
    s5a_x25519_public(out + 2, secret);
    return (struct s5a_span){ out, 34 };
}

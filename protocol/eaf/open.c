/* Verifying and opening messages: HMAC, TLV 80, AUTH, in this order (profile, section 2.3). */
#include "protocol/eaf/channel.h"

#include "protocol/eaf/seal.h"
#include "protocol/secret.h"

static void next_keys(struct s5a_eaf_keys *keys, const struct s5a_eaf_channel *channel)
{
    s5a_eaf_message_keys(keys, &channel->ck, (uint8_t)(channel->count + 1), &channel->t);
}

bool s5a_eaf_verify(const struct s5a_eaf_channel *channel, const struct s5a_eaf_message *message)
{
    struct s5a_eaf_keys keys;
    next_keys(&keys, channel);
    bool right = s5a_eaf_message_verify(message, &keys.mac);
    s5a_wipe(&keys, sizeof(keys));
    return right;
}

static bool open_list(struct s5a_eaf_opened *out, struct s5a_span sealed,
                      const struct s5a_key *seal)
{
    if (sealed.len == 0)
        return true;
    if (!s5a_aead_open(out->list_text, sealed, seal, s5a_nonce_list, (struct s5a_span){ NULL, 0 }))
        return false;
    out->list = (struct s5a_span){ out->list_text, sealed.len - S5A_AEAD_TAG_LEN };
    return true;
}

static bool open_auth(struct s5a_eaf_opened *out, const struct s5a_eaf_message *message,
                      const struct s5a_key *seal)
{
    if (message->auth.len == 0)
        return true;
    if (!s5a_aead_open(out->auth_text, message->auth, seal, s5a_nonce_auth, message->head))
        return false;
    out->auth = (struct s5a_span){ out->auth_text, message->auth.len - S5A_AEAD_TAG_LEN };
    return true;
}

enum s5a_status s5a_eaf_open(struct s5a_eaf_channel *channel, const struct s5a_eaf_message *message,
                             struct s5a_span sealed, struct s5a_eaf_opened *out)
{
    struct s5a_eaf_keys keys;
    s5a_eaf_opened_wipe(out);
    out->context.transcript = channel->t;
    s5a_sha256(&out->context.metadata, S5A_PARTS(message->metadata));
    next_keys(&keys, channel);
    bool good = open_list(out, sealed, &keys.seal) && open_auth(out, message, &keys.seal);
    s5a_wipe(&keys, sizeof(keys));
    s5a_eaf_count(channel, message);
    if (good)
        return S5A_OK;
    s5a_eaf_opened_wipe(out);
    return S5A_MALFORMED;
}

void s5a_eaf_count(struct s5a_eaf_channel *channel, const struct s5a_eaf_message *message)
{
    s5a_eaf_transcript_add(&channel->t, message->whole);
    channel->count++;
}

void s5a_eaf_opened_wipe(struct s5a_eaf_opened *opened)
{
    s5a_wipe(opened->auth_text, opened->auth.len);
    s5a_wipe(opened->list_text, opened->list.len);
    opened->auth = opened->list = (struct s5a_span){ NULL, 0 };
}

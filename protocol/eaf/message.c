/* Framing of EAF messages. */
#include "protocol/eaf/message.h"

#include "protocol/crypto/aead.h"
#include "protocol/secret.h"

/* An AUTH that could hold nothing but its tag is malformed too. */
static bool is_auth_length(size_t len)
{
    return len == 0 || (len > S5A_AEAD_TAG_LEN && len <= S5A_EAF_PART_MAX);
}

static enum s5a_status read_head(struct s5a_reader *r, size_t *auth, size_t *metadata)
{
    uint8_t version = s5a_read_u8(r);
    if (!r->bad && version != S5A_EAF_VERSION)
        return S5A_MALFORMED;
    *auth = s5a_read_u16(r);
    if (!r->bad && !is_auth_length(*auth))
        return S5A_MALFORMED;
    *metadata = s5a_read_u16(r);
    if (!r->bad && *metadata > S5A_EAF_PART_MAX)
        return S5A_MALFORMED;
    return r->bad ? S5A_INCOMPLETE : S5A_OK;
}

enum s5a_status s5a_eaf_message_decode(struct s5a_reader *r, unsigned i,
                                       struct s5a_eaf_message *out)
{
    struct s5a_reader at = *r, begin = *r;
    struct s5a_eaf_message message = { 0 };
    size_t auth = 0, metadata = 0;
    *out = message;
    if (i < 1 || i > S5A_EAF_MESSAGES_MAX)
        return S5A_MALFORMED;
    enum s5a_status status = read_head(&at, &auth, &metadata);
    if (status != S5A_OK)
        return status;
    message.auth = s5a_read_span(&at, auth);
    message.metadata = s5a_read_span(&at, metadata);
    message.hmac = s5a_read_span(&at, S5A_EAF_HMAC_LEN);
    if (at.bad)
        return S5A_INCOMPLETE;
    struct s5a_reader head = begin;
    message.head = s5a_read_span(&head, S5A_EAF_HEAD_LEN);
    message.whole = s5a_read_span(&begin, S5A_EAF_MESSAGE_MIN + auth + metadata);
    *out = message;
    *r = at;
    return S5A_OK;
}

bool s5a_eaf_message_verify(const struct s5a_eaf_message *message, const struct s5a_key *mac)
{
    uint8_t expected[S5A_EAF_HMAC_LEN];
    s5a_hmac(expected, s5a_key_span(mac),
             S5A_PARTS(message->head, message->auth, message->metadata));
    bool same = message->hmac.len == sizeof(expected) &&
                s5a_equal_ct(expected, message->hmac.at, sizeof(expected));
    s5a_wipe(expected, sizeof(expected));
    return same;
}

void s5a_eaf_hmac_encode(struct s5a_writer *w, const struct s5a_key *mac, struct s5a_span before)
{
    uint8_t *hmac = s5a_write_reserve(w, S5A_EAF_HMAC_LEN);
    if (hmac)
        s5a_hmac(hmac, s5a_key_span(mac), S5A_PARTS(before));
}

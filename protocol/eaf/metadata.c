/* Decoding metadata: a table says where each TLV may stand. */
#include "protocol/eaf/metadata.h"

#include "protocol/crypto/aead.h"
#include "protocol/eaf/tlv_types.h"
#include "protocol/text.h"
#include "protocol/tlv.h"

enum { KEX_GROUP = 0x01, KEX_LEN = 2 + S5A_EPK_LEN };

enum place {
    CLEAR_1 = 1 << 0,
    CLEAR_2 = 1 << 1,
    CLEAR_LATER = 1 << 2,
    SEALED_CLIENT = 1 << 3,
    SEALED_SERVER = 1 << 4,
    CLEAR = CLEAR_1 | CLEAR_2 | CLEAR_LATER,
    SEALED = SEALED_CLIENT | SEALED_SERVER,
};

static enum place place_of(unsigned i, bool sealed)
{
    if (sealed)
        return i % 2 == 1 ? SEALED_CLIENT : SEALED_SERVER;
    return i == 1 ? CLEAR_1 : i == 2 ? CLEAR_2 : CLEAR_LATER;
}

/* Each reads one value, to its end, into `out`; false: malformed. */
typedef bool read_fn(struct s5a_metadata *out, struct s5a_span value, enum place place);

/* ---- authentication context, TLV 04: by kind ---- */

static bool read_ticket(struct s5a_metadata *out, struct s5a_span value, enum place place)
{
    (void)place;
    out->ticket = value;
    return value.len >= 1 && value.len <= S5A_TICKET_MAX;
}

static bool read_user(struct s5a_metadata *out, struct s5a_span value, enum place place)
{
    (void)place;
    out->user = value;
    return value.len >= 1 && value.len <= S5A_USER_MAX && s5a_text_is_utf8(value);
}

static bool read_proof(struct s5a_metadata *out, struct s5a_span value, enum place place)
{
    (void)place;
    out->proof = value;
    return value.len == S5A_PROOF_LEN;
}

static bool read_refused(struct s5a_metadata *out, struct s5a_span value, enum place place)
{
    struct s5a_reader r;
    (void)place;
    s5a_reader_init(&r, value.at, value.len);
    out->refused = s5a_read_u8(&r);
    return value.len == 1 &&
           (out->refused == S5A_TICKET_UNKNOWN || out->refused == S5A_TICKET_EXPIRED);
}

/* Both tables are read like this: unknown numbers are ignored, known ones belong somewhere. */
struct row {
    uint8_t number;
    unsigned places; /* enum place */
    read_fn *read;
};

static const struct row kinds[] = {
    { S5A_CONTEXT_TICKET, CLEAR_1, read_ticket },
    { S5A_CONTEXT_USER, SEALED_CLIENT, read_user },
    { S5A_CONTEXT_PROOF, SEALED_SERVER, read_proof },
    { S5A_CONTEXT_REFUSED, CLEAR_2, read_refused },
};

static bool read_row(const struct row *rows, size_t count, uint8_t number, struct s5a_metadata *out,
                     struct s5a_span value, enum place place)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].number == number)
            return (rows[i].places & place) && rows[i].read(out, value, place);
    return true;
}

static bool read_context(struct s5a_metadata *out, struct s5a_span value, enum place place)
{
    struct s5a_reader r;
    s5a_reader_init(&r, value.at, value.len);
    uint8_t kind = s5a_read_u8(&r);
    struct s5a_span rest = s5a_read_span(&r, s5a_reader_left(&r));
    return !r.bad && read_row(kinds, sizeof(kinds) / sizeof(kinds[0]), kind, out, rest, place);
}

/* ---- the others ---- */

static bool read_kex(struct s5a_metadata *out, struct s5a_span value, enum place place)
{
    struct s5a_reader r;
    s5a_reader_init(&r, value.at, value.len);
    uint8_t group = s5a_read_u8(&r);
    out->kex_flags = s5a_read_u8(&r);
    out->epk = s5a_read_span(&r, S5A_EPK_LEN);
    if (place == CLEAR_2 && value.len > KEX_LEN)
        out->spk = s5a_read_span(&r, S5A_EPK_LEN);
    return !r.bad && s5a_reader_left(&r) == 0 && group == KEX_GROUP;
}

static bool read_capabilities(struct s5a_metadata *out, struct s5a_span value, enum place place)
{
    struct s5a_reader r;
    (void)place;
    s5a_reader_init(&r, value.at, value.len);
    out->has_capabilities = true;
    out->capabilities = s5a_read_u32(&r);
    return !r.bad && s5a_reader_left(&r) == 0;
}

static bool read_params(struct s5a_metadata *out, struct s5a_span value, enum place place)
{
    out->has_params = true;
    return s5a_session_params_decode(&out->params, value, place == SEALED_CLIENT) == S5A_OK;
}

static bool read_chain(struct s5a_metadata *out, struct s5a_span value, enum place place)
{
    struct s5a_reader r;
    (void)place;
    s5a_reader_init(&r, value.at, value.len);
    out->has_next = true;
    out->next = s5a_read_u8(&r);
    return value.len == 1 && out->next <= S5A_NEXT_MAX;
}

static bool read_sealed(struct s5a_metadata *out, struct s5a_span value, enum place place)
{
    (void)place;
    out->sealed = value;
    return value.len >= S5A_AEAD_TAG_LEN;
}

static bool read_padding(struct s5a_metadata *out, struct s5a_span value, enum place place)
{
    (void)out;
    (void)value;
    (void)place;
    return true;
}

static const struct row types[] = {
    { S5A_TLV_KEX, CLEAR_1 | CLEAR_2, read_kex },
    { S5A_TLV_CLIENT_CAPABILITIES, CLEAR_1, read_capabilities },
    { S5A_TLV_SERVER_CAPABILITIES, CLEAR_2, read_capabilities },
    { S5A_TLV_CONTEXT, CLEAR | SEALED, read_context },
    { S5A_TLV_PARAMS, SEALED, read_params },
    { S5A_TLV_CHAIN, SEALED_SERVER, read_chain },
    { S5A_TLV_SEALED, CLEAR, read_sealed },
    { S5A_TLV_PADDING, SEALED, read_padding },
};

enum s5a_status s5a_metadata_decode(struct s5a_metadata *out, struct s5a_span list, unsigned i,
                                    bool sealed)
{
    enum place place = place_of(i, sealed);
    struct s5a_metadata metadata = { 0 };
    struct s5a_tlv_walk walk;
    struct s5a_tlv tlv;
    enum s5a_status status;
    *out = metadata;
    s5a_tlv_walk_init(&walk, list);
    while ((status = s5a_tlv_next(&walk, &tlv)) == S5A_OK)
        if (!read_row(types, sizeof(types) / sizeof(types[0]), tlv.type, &metadata, tlv.value,
                      place))
            return S5A_MALFORMED;
    bool lacks_kex = (place & (CLEAR_1 | CLEAR_2)) && metadata.epk.len == 0;
    if (status != S5A_INCOMPLETE || lacks_kex)
        return S5A_MALFORMED;
    *out = metadata;
    return S5A_OK;
}

/* Encoding metadata. */
#include "protocol/eaf/metadata.h"

#include "protocol/eaf/tlv_types.h"
#include "protocol/tlv.h"

enum { KEX_GROUP = 0x01 };

static void write_kex(struct s5a_writer *w, const struct s5a_metadata *metadata)
{
    s5a_write_u8(w, S5A_TLV_KEX);
    size_t value = s5a_write_open16(w);
    s5a_write_u8(w, KEX_GROUP);
    s5a_write_u8(w, metadata->kex_flags);
    s5a_write_span(w, metadata->epk);
    s5a_write_span(w, metadata->spk);
    s5a_write_close16(w, value);
}

static void write_capabilities(struct s5a_writer *w, uint32_t capabilities, unsigned i)
{
    s5a_write_u8(w, i == 1 ? S5A_TLV_CLIENT_CAPABILITIES : S5A_TLV_SERVER_CAPABILITIES);
    size_t value = s5a_write_open16(w);
    s5a_write_u32(w, capabilities);
    s5a_write_close16(w, value);
}

static void write_context(struct s5a_writer *w, enum s5a_context_kind kind, struct s5a_span bytes)
{
    s5a_write_u8(w, S5A_TLV_CONTEXT);
    size_t value = s5a_write_open16(w);
    s5a_write_u8(w, (uint8_t)kind);
    s5a_write_span(w, bytes);
    s5a_write_close16(w, value);
}

void s5a_metadata_encode_clear(struct s5a_writer *w, const struct s5a_metadata *metadata,
                               unsigned i)
{
    if (metadata->epk.len > 0)
        write_kex(w, metadata);
    if (metadata->has_capabilities)
        write_capabilities(w, metadata->capabilities, i);
    if (metadata->ticket.len > 0)
        write_context(w, S5A_CONTEXT_TICKET, metadata->ticket);
    if (metadata->refused)
        write_context(w, S5A_CONTEXT_REFUSED, (struct s5a_span){ &metadata->refused, 1 });
}

void s5a_metadata_encode_sealed(struct s5a_writer *w, const struct s5a_metadata *metadata)
{
    if (metadata->has_params) {
        s5a_write_u8(w, S5A_TLV_PARAMS);
        size_t value = s5a_write_open16(w);
        s5a_session_params_encode(w, &metadata->params);
        s5a_write_close16(w, value);
    }
    if (metadata->has_next)
        s5a_tlv_encode(w, S5A_TLV_CHAIN, (struct s5a_span){ &metadata->next, 1 });
    if (metadata->user.len > 0)
        write_context(w, S5A_CONTEXT_USER, metadata->user);
    if (metadata->proof.len > 0)
        write_context(w, S5A_CONTEXT_PROOF, metadata->proof);
}

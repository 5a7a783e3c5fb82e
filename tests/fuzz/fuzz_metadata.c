/* Metadata of EAF messages. First byte: bit 7 the list inside TLV 80, the others the message. */
#include "tests/fuzz/check.h"

#include "protocol/eaf/metadata.h"
#include "protocol/text.h"

static void check_bounds(const struct s5a_metadata *m, unsigned i, bool sealed)
{
    REQUIRE(m->epk.len == 0 || m->epk.len == S5A_EPK_LEN);
    REQUIRE(m->spk.len == 0 || (m->spk.len == S5A_EPK_LEN && i == 2));
    REQUIRE(sealed || i > 2 || m->epk.len > 0);
    REQUIRE(!sealed ||
            (m->epk.len == 0 && m->ticket.len == 0 && !m->refused && m->sealed.len == 0));
    REQUIRE(sealed || (m->user.len == 0 && m->proof.len == 0 && !m->has_params && !m->has_next));
    REQUIRE(m->ticket.len <= S5A_TICKET_MAX && m->user.len <= S5A_USER_MAX);
    REQUIRE(m->refused <= S5A_TICKET_EXPIRED && m->next <= S5A_NEXT_MAX);
    REQUIRE(s5a_text_is_utf8(m->user));
    REQUIRE(m->params.ticket.len == 0 || i % 2 == 0);
}

static void encode(struct s5a_writer *w, const struct s5a_metadata *m, unsigned i, bool sealed)
{
    if (sealed)
        s5a_metadata_encode_sealed(w, m);
    else
        s5a_metadata_encode_clear(w, m, i);
    REQUIRE(!w->bad);
}

/* What was encoded decodes to what encodes the same: order and unknown types are gone. */
static void check_again(const struct s5a_metadata *m, unsigned i, bool sealed)
{
    static uint8_t first[4096], second[4096];
    struct s5a_metadata again;
    struct s5a_writer w, v;
    s5a_writer_init(&w, first, sizeof(first));
    encode(&w, m, i, sealed);
    struct s5a_span list = { first, s5a_writer_len(&w) };
    REQUIRE(s5a_metadata_decode(&again, list, i, sealed) == S5A_OK);
    s5a_writer_init(&v, second, sizeof(second));
    encode(&v, &again, i, sealed);
    REQUIRE(s5a_span_equal(list, (struct s5a_span){ second, s5a_writer_len(&v) }));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct s5a_metadata metadata;
    if (size == 0)
        return 0;
    unsigned i = data[0] & 0x1f;
    bool sealed = data[0] & 0x80;
    uint8_t *exact = malloc(size);
    REQUIRE(exact);
    memcpy(exact, data + 1, size - 1);
    struct s5a_span list = { exact, size - 1 };
    if (i > 0 && s5a_metadata_decode(&metadata, list, i, sealed) == S5A_OK) {
        check_bounds(&metadata, i, sealed);
        check_again(&metadata, i, sealed);
    }
    free(exact);
    return 0;
}

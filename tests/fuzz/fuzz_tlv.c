/* A TLV list, and the same bytes as options of UDP_ASSOCIATE_EXT. */
#include "tests/fuzz/check.h"

#include "protocol/tlv.h"
#include "protocol/udp_options.h"

static enum s5a_status decode_options(struct s5a_reader *r, void *context)
{
    return s5a_udp_options_decode(r, context);
}

/* Encodes each element as it is walked over: a good list comes out as it went in. */
static void check_list(struct s5a_span in)
{
    uint8_t *out = malloc(in.len + 1);
    bool seen[256] = { false };
    struct s5a_tlv_walk walk;
    struct s5a_tlv tlv;
    struct s5a_writer w;
    enum s5a_status status;
    REQUIRE(out);
    s5a_writer_init(&w, out, in.len);
    s5a_tlv_walk_init(&walk, in);
    while ((status = s5a_tlv_next(&walk, &tlv)) == S5A_OK) {
        REQUIRE(!seen[tlv.type]);
        seen[tlv.type] = true;
        s5a_tlv_encode(&w, tlv.type, tlv.value);
        REQUIRE(!w.bad && memcmp(out, in.at, s5a_writer_len(&w)) == 0);
    }
    REQUIRE(status == S5A_INCOMPLETE || status == S5A_MALFORMED);
    REQUIRE((status == S5A_INCOMPLETE) == (s5a_writer_len(&w) == in.len));
    REQUIRE(s5a_tlv_next(&walk, &tlv) == status);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct s5a_span in = { data, size };
    struct s5a_udp_options options, again;
    uint8_t out[16];
    struct s5a_writer w;
    struct s5a_reader r;
    size_t used;
    check_list(in);
    if (fuzz_stream(in, decode_options, &options, &used) != S5A_OK)
        return 0;
    s5a_writer_init(&w, out, sizeof(out));
    s5a_udp_options_encode(&w, &options);
    REQUIRE(!w.bad);
    s5a_reader_init(&r, out, s5a_writer_len(&w));
    REQUIRE(s5a_udp_options_decode(&r, &again) == S5A_OK && s5a_reader_left(&r) == 0);
    REQUIRE(again.transport == options.transport && again.idle == options.idle);
    REQUIRE(again.max_datagram == options.max_datagram);
    return 0;
}

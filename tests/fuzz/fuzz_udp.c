/* A datagram, and the same bytes as messages in a stream. */
#include "tests/fuzz/check.h"

#include "protocol/udp.h"

enum { IN_STREAM_MIN = 10 };

static void encode_header(struct s5a_writer *w, void *context)
{
    const struct s5a_udp *udp = context;
    s5a_udp_header_encode(w, &udp->address, udp->port);
}

/* The data are the rest; the header is what is sent, but for RSV and FRAG. */
static void check_datagram(struct s5a_span in)
{
    struct s5a_udp udp;
    enum s5a_status status = s5a_udp_decode(in, &udp);
    REQUIRE(status == S5A_OK || status == S5A_MALFORMED || status == S5A_UNSUPPORTED_ADDRESS);
    if (status != S5A_OK) {
        REQUIRE(udp.data.len == 0 && udp.address.type == S5A_ATYP_NONE);
        return;
    }
    size_t header_len = in.len - udp.data.len;
    REQUIRE(header_len <= S5A_UDP_HEADER_MAX && udp.data.at + udp.data.len == in.at + in.len);
    uint8_t *header = fuzz_encode(encode_header, &udp, header_len);
    REQUIRE(memcmp(header + 3, in.at + 3, header_len - 3) == 0);
    REQUIRE(header[0] == 0 && header[1] == 0 && header[2] == 0);
    free(header);
}

static enum s5a_status decode_message(struct s5a_reader *r, void *context)
{
    return s5a_udp_stream_decode(r, context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct s5a_span rest = { data, size }, message;
    struct s5a_reader r;
    size_t used;
    check_datagram(rest);
    while (fuzz_stream(rest, decode_message, &message, &used) == S5A_OK) {
        REQUIRE(message.len >= IN_STREAM_MIN && used == message.len + 2);
        s5a_reader_init(&r, rest.at, rest.len);
        REQUIRE(s5a_udp_stream_decode(&r, &message) == S5A_OK);
        check_datagram(message);
        rest = s5a_read_span(&r, rest.len - used);
    }
    return 0;
}

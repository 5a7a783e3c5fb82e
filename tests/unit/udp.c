/* UDP datagrams, alone and in a stream. */
#include "protocol/udp.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/span.h"

static enum s5a_status decode(struct s5a_span datagram, struct s5a_udp *out)
{
    memset(out, 0xee, sizeof(*out));
    return s5a_udp_decode(datagram, out);
}

Test(udp, datagram_gives_address_port_and_data)
{
    struct s5a_udp udp;
    cr_assert_eq(decode(SPAN("\0\0\0\x03\x01h\x00\x35hi"), &udp), S5A_OK);
    cr_expect_eq(udp.address.type, S5A_ATYP_NAME);
    cr_expect(s5a_span_equal(udp.address.text, SPAN("h")));
    cr_expect_eq(udp.port, 53);
    cr_expect(s5a_span_equal(udp.data, SPAN("hi")));
}

Test(udp, reserved_bytes_are_ignored)
{
    struct s5a_udp udp;
    cr_expect_eq(decode(SPAN("\xff\xff\0\x01\x7f\0\0\x01\0\x35"), &udp), S5A_OK);
}

Test(udp, fragment_decodes_for_the_receiver_to_drop)
{
    struct s5a_udp udp;
    cr_assert_eq(decode(SPAN("\0\0\x81\x01\x7f\0\0\x01\0\x35"), &udp), S5A_OK);
    cr_expect_eq(udp.frag, 0x81);
}

Test(udp, datagram_of_any_cut_header_is_malformed)
{
    struct s5a_span whole = SPAN("\0\0\0\x01\x7f\0\0\x01\0\x35");
    struct s5a_udp udp;
    for (size_t len = 0; len < whole.len; len++)
        cr_expect_eq(decode((struct s5a_span){ whole.at, len }, &udp), S5A_MALFORMED, "%zu", len);
}

Test(udp, unix_types_are_unsupported)
{
    struct s5a_udp udp;
    cr_expect_eq(decode(SPAN("\0\0\0\x05\x02/s\0\0"), &udp), S5A_UNSUPPORTED_ADDRESS);
    cr_expect_eq(decode(SPAN("\0\0\0\x06\x01s\0\0"), &udp), S5A_UNSUPPORTED_ADDRESS);
    cr_expect_eq(decode(SPAN("\0\0\0\x00\0\0"), &udp), S5A_UNSUPPORTED_ADDRESS);
}

Test(udp, output_is_cleared_where_decoding_fails)
{
    struct s5a_udp udp;
    cr_expect_eq(decode(SPAN("\0\0\x07\x01\x7f"), &udp), S5A_MALFORMED);
    cr_expect_eq(udp.frag, 0);
    cr_expect_eq(udp.data.len, 0);
    cr_expect_eq(udp.address.type, S5A_ATYP_NONE);
}

Test(udp, longest_header_fits_its_bound_exactly)
{
    uint8_t out[S5A_UDP_HEADER_MAX], name[255];
    struct s5a_address address = { .type = S5A_ATYP_NAME, .text = { name, sizeof(name) } };
    struct s5a_writer w;
    memset(name, 'x', sizeof(name));
    s5a_writer_init(&w, out, sizeof(out));
    s5a_udp_header_encode(&w, &address, 53);
    cr_expect_not(w.bad);
    cr_expect_eq(s5a_writer_len(&w), sizeof(out));
}

Test(udp, header_to_a_path_is_not_encodable)
{
    uint8_t out[S5A_UDP_HEADER_MAX];
    struct s5a_address address = { .type = S5A_ATYP_UNIX, .text = SPAN("/s") };
    struct s5a_writer w;
    s5a_writer_init(&w, out, sizeof(out));
    s5a_udp_header_encode(&w, &address, 0);
    cr_expect(w.bad);
}

Test(udp, stream_message_below_10_bytes_is_malformed_by_its_length_alone)
{
    struct s5a_span message;
    struct s5a_reader r;
    s5a_reader_init(&r, "\0\x09", 2);
    cr_expect_eq(s5a_udp_stream_decode(&r, &message), S5A_MALFORMED);
    cr_expect_eq(s5a_reader_left(&r), 2);
}

Test(udp, stream_messages_are_taken_one_by_one)
{
    struct s5a_span in =
        SPAN("\0\x0a\0\0\0\x01\x7f\0\0\x01\0\x35\0\x0a\0\0\0\x01\x7f\0\0\x01\0\x36");
    struct s5a_span message;
    struct s5a_reader r;
    struct s5a_udp udp;
    s5a_reader_init(&r, in.at, in.len);
    cr_assert_eq(s5a_udp_stream_decode(&r, &message), S5A_OK);
    cr_assert_eq(s5a_udp_stream_decode(&r, &message), S5A_OK);
    cr_assert_eq(s5a_udp_decode(message, &udp), S5A_OK);
    cr_expect_eq(udp.port, 54);
    cr_expect_eq(s5a_udp_stream_decode(&r, &message), S5A_INCOMPLETE);
}

Test(udp, length_of_a_header_is_what_is_written)
{
    const struct s5a_address all[] = { s5a_address_ipv4((const uint8_t[4]){ 1 }),
                                       s5a_address_ipv6((const uint8_t[16]){ 1 }),
                                       { .type = S5A_ATYP_NAME, .text = SPAN("a.example") } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        uint8_t header[S5A_UDP_HEADER_MAX];
        struct s5a_writer w;
        s5a_writer_init(&w, header, sizeof header);
        s5a_udp_header_encode(&w, &all[i], 53);
        cr_expect_eq(s5a_udp_header_len(&all[i]), s5a_writer_len(&w));
    }
    struct s5a_address none = s5a_address_none();
    cr_expect_eq(s5a_udp_header_len(&none), 0);
}

/* Replies: how much of a stream belongs to them, and encoding. */
#include "protocol/reply.h"

#include <criterion/criterion.h>
#include <string.h>

#include "protocol/request.h"
#include "tests/unit/span.h"

static const struct s5a_reply_rules plain = { S5A_CMD_CONNECT, false };
static const struct s5a_reply_rules eaf = { S5A_CMD_CONNECT, true };
static const struct s5a_reply_rules keep_alive = { S5A_CMD_KEEP_ALIVE, true };
static const struct s5a_reply_rules udp_ext = { S5A_CMD_UDP_ASSOCIATE_EXT, true };

#define HELLO "SSH-2.0-early" /* what a target sends before anybody asked */

static size_t missing(struct s5a_span have, struct s5a_reply_rules rules)
{
    return s5a_reply_missing(have, rules);
}

/* Reads `stream` as a client does, at most `chunk` at a time, until nothing is missing. */
static size_t read_as_told(struct s5a_span stream, struct s5a_reply_rules rules, size_t chunk)
{
    struct s5a_span have = { stream.at, 0 };
    size_t more;
    while ((more = s5a_reply_missing(have, rules)) > 0) {
        have.len += more < chunk ? more : chunk;
        cr_assert_leq(have.len, stream.len, "asked for more than the stream has");
    }
    return have.len;
}

/* The reply is what stands before HELLO; reading as told must end exactly there. */
static void expect_ends_at_hello(struct s5a_span stream, struct s5a_reply_rules rules)
{
    size_t len = stream.len - strlen(HELLO);
    struct s5a_reply reply;
    struct s5a_reader r;
    s5a_reader_init(&r, stream.at, len);
    cr_expect_eq(s5a_reply_decode(&r, rules, &reply), S5A_OK);
    cr_expect_eq(s5a_reader_left(&r), 0);
    for (size_t chunk = 1; chunk <= stream.len; chunk++)
        cr_expect_eq(read_as_told(stream, rules, chunk), len, "%zu at a time", chunk);
    for (size_t have = 0; have < len; have++)
        cr_expect_leq(missing((struct s5a_span){ stream.at, have }, rules), len - have);
}

Test(reply, nothing_yet_misses_the_shortest_reply)
{
    cr_expect_eq(missing(SPAN(""), plain), 8);
    cr_expect_eq(missing(SPAN("\x05"), plain), 7);
    cr_expect_eq(missing(SPAN("\x05\x00\x00"), plain), 5);
}

Test(reply, keep_alive_may_be_shorter_still)
{
    cr_expect_eq(missing(SPAN(""), keep_alive), 6);
    cr_expect_eq(missing(SPAN("\x05\x00\x00"), keep_alive), 3);
}

Test(reply, granted_options_are_missed_once_success_is_known)
{
    cr_expect_eq(missing(SPAN("\x05"), udp_ext), 7);
    cr_expect_eq(missing(SPAN("\x05\x00"), udp_ext), 8);
    cr_expect_eq(missing(SPAN("\x05\x01"), udp_ext), 6);
}

Test(reply, type_says_how_much_is_missing)
{
    cr_expect_eq(missing(SPAN("\x05\x00\x00\x01"), plain), 6);
    cr_expect_eq(missing(SPAN("\x05\x00\x00\x04"), plain), 18);
    cr_expect_eq(missing(SPAN("\x05\x00\x00\x03"), plain), 4);
    cr_expect_eq(missing(SPAN("\x05\x00\x00\x03\xff"), plain), 257);
}

Test(reply, details_are_missed_by_their_length)
{
    cr_expect_eq(missing(SPAN("\x05\x0a\x00\x01\x00\x13"), eaf), 21);
    cr_expect_eq(missing(SPAN("\x05\x0a\x00\x01\x00\x02"), eaf), 4);
    cr_expect_eq(missing(SPAN("\x05\x0a\x00\x01\x00\x00"), eaf), 4);
    cr_expect_eq(missing(SPAN("\x05\x0a\x00\x01\x00\x13"), plain), 4);
}

Test(reply, nothing_is_missing_of_what_is_wrong)
{
    cr_expect_eq(missing(SPAN("\x04"), plain), 0);
    cr_expect_eq(missing(SPAN("\x05\x00\x00\x05"), plain), 0);
    cr_expect_eq(missing(SPAN("\x05\x00\x00\x00"), plain), 0);
    cr_expect_eq(missing(SPAN("\x05\x00\x00\x03\x00"), plain), 0);
    cr_expect_eq(missing(SPAN("\x05\x0b\x00\x01\x00\x01"), eaf), 0);
    cr_expect_eq(missing(SPAN("\x05\x0b\x00\x01\x02\x03"), eaf), 0);
}

Test(reply, reading_ipv4_as_told_ends_at_its_end)
{
    expect_ends_at_hello(SPAN("\x05\0\0\x01\x7f\0\0\x01\xc3\x50" HELLO), plain);
}

Test(reply, reading_ipv6_as_told_ends_at_its_end)
{
    expect_ends_at_hello(SPAN("\x05\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" HELLO), plain);
}

Test(reply, reading_the_shortest_name_as_told_ends_at_its_end)
{
    expect_ends_at_hello(SPAN("\x05\0\0\x03\x01h\0\x50" HELLO), plain);
}

Test(reply, reading_a_name_as_told_ends_at_its_end)
{
    expect_ends_at_hello(SPAN("\x05\0\0\x03\x0b"
                              "example.com\0\x50" HELLO),
                         plain);
}

Test(reply, reading_details_as_told_ends_at_their_end)
{
    expect_ends_at_hello(SPAN("\x05\x09\0\x01\0\x06\0\x01slow\0\0" HELLO), eaf);
    expect_ends_at_hello(SPAN("\x05\xff\0\x01\0\x06\0\x01slow\0\0" HELLO), eaf);
    expect_ends_at_hello(SPAN("\x05\x08\0\x01\0\x06\0\x01\0\0" HELLO), eaf);
    expect_ends_at_hello(SPAN("\x05\x0a\0\x01\0\x02\0\x01\0\0" HELLO), eaf);
    expect_ends_at_hello(SPAN("\x05\x0a\0\x01\0\0\0\x01\0\0" HELLO), eaf);
    expect_ends_at_hello(SPAN("\x05\x0a\0\x01\0\x06\0\x01\0\0" HELLO), plain);
}

Test(reply, reading_keep_alive_as_told_ends_at_its_end)
{
    expect_ends_at_hello(SPAN("\x05\0\0\0\0\0" HELLO), keep_alive);
    expect_ends_at_hello(SPAN("\x05\x01\0\x01\0\0\0\0\0\0" HELLO), keep_alive);
}

Test(reply, reading_options_as_told_ends_at_their_end)
{
    expect_ends_at_hello(SPAN("\x05\0\0\x01\x7f\0\0\x01\xc3\x50\0\x04\x01\0\x01\0" HELLO), udp_ext);
    expect_ends_at_hello(SPAN("\x05\0\0\x03\x01h\xc3\x50\0\0" HELLO), udp_ext);
    expect_ends_at_hello(SPAN("\x05\x07\0\x01\0\0\0\0\0\0" HELLO), udp_ext);
}

Test(reply, address_behind_elen_0_means_nothing)
{
    struct s5a_span in = SPAN("\x05\x0b\0\x01\0\0\x12\x34\x56\x78");
    struct s5a_reply reply;
    struct s5a_reader r;
    s5a_reader_init(&r, in.at, in.len);
    cr_assert_eq(s5a_reply_decode(&r, eaf, &reply), S5A_OK);
    cr_expect_not(reply.detailed);
    cr_expect_eq(reply.port, 0);
    cr_expect_arr_eq(reply.address.ip, ((uint8_t[16]){ 0 }), 16);
}

/* ---- encoding ---- */

static uint8_t storage[1024];

static struct s5a_span encoded(struct s5a_reply_rules rules, const struct s5a_reply *reply)
{
    struct s5a_writer w;
    s5a_writer_init(&w, storage, sizeof(storage));
    s5a_reply_encode(&w, rules, reply);
    return (struct s5a_span){ storage, w.bad ? 0 : s5a_writer_len(&w) };
}

Test(reply, plain_one_has_zeros)
{
    struct s5a_writer w;
    s5a_writer_init(&w, storage, sizeof(storage));
    s5a_reply_encode_plain(&w, S5A_REP_CONN_REFUSED);
    cr_expect(s5a_span_equal((struct s5a_span){ storage, s5a_writer_len(&w) },
                             SPAN("\x05\x05\0\x01\0\0\0\0\0\0")));
}

Test(reply, address_that_would_be_read_as_details_is_not_sent)
{
    struct s5a_reply reply = { .rep = S5A_REP_EXHAUSTED, .port = 80 };
    reply.address = s5a_address_ipv4((const uint8_t[4]){ 0, 19, 0, 1 });
    cr_expect(s5a_span_equal(encoded(eaf, &reply), SPAN("\x05\x10\0\x01\0\0\0\0\0\0")));
    cr_expect(s5a_span_equal(encoded(plain, &reply), SPAN("\x05\x10\0\x01\0\x13\0\x01\0\x50")));
}

Test(reply, longest_details_fit_their_bound)
{
    uint8_t text[S5A_REPLY_MESSAGE_MAX + 1];
    struct s5a_reply reply = { .rep = S5A_REP_TEMPORARY, .detailed = true };
    memset(text, 'x', sizeof(text));
    reply.message = (struct s5a_span){ text, S5A_REPLY_MESSAGE_MAX };
    cr_expect_eq(encoded(eaf, &reply).len, S5A_REPLY_DETAILED_MAX);
    reply.message.len++;
    cr_expect_eq(encoded(eaf, &reply).len, 0);
}

Test(reply, details_where_nobody_reads_them_are_not_encodable)
{
    struct s5a_reply reply = { .rep = S5A_REP_TEMPORARY, .detailed = true };
    cr_expect_eq(encoded(plain, &reply).len, 0);
    reply.rep = S5A_REP_CONN_REFUSED;
    cr_expect_eq(encoded(eaf, &reply).len, 0);
}

Test(reply, details_that_are_not_utf8_are_not_encodable)
{
    struct s5a_reply reply = { .rep = S5A_REP_TEMPORARY,
                               .detailed = true,
                               .message = SPAN("\xff") };
    cr_expect_eq(encoded(eaf, &reply).len, 0);
}

Test(reply, types_that_replies_do_not_have_are_not_encodable)
{
    struct s5a_reply reply = { .address = { .type = S5A_ATYP_UNIX, .text = SPAN("/s") } };
    cr_expect_eq(encoded(plain, &reply).len, 0);
    reply.address = s5a_address_none();
    cr_expect_eq(encoded(plain, &reply).len, 0);
    cr_expect_eq(encoded(keep_alive, &reply).len, 6);
}

Test(reply, longest_plain_one_fits_its_bound)
{
    uint8_t name[255];
    struct s5a_reply reply = { .address = { .type = S5A_ATYP_NAME, .text = { name, 255 } } };
    memset(name, 'n', sizeof(name));
    cr_expect_eq(encoded(plain, &reply).len, S5A_REPLY_PLAIN_MAX);
}

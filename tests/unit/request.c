/* Requests: what the vectors leave out. */
#include "protocol/request.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/span.h"

static const struct s5a_request_rules legacy = { false, false };
static const struct s5a_request_rules extended = { true, true };

static enum s5a_status decode(struct s5a_span in, struct s5a_request_rules rules,
                              struct s5a_request *out)
{
    struct s5a_reader r;
    memset(out, 0xee, sizeof(*out));
    s5a_reader_init(&r, in.at, in.len);
    return s5a_request_decode(&r, rules, out);
}

Test(request, legacy_session_has_three_commands)
{
    struct s5a_request request;
    for (unsigned command = 0; command < 256; command++) {
        uint8_t in[] = { 5, (uint8_t)command, 0, 1, 127, 0, 0, 1, 0, 80 };
        bool is_known = command >= 1 && command <= 3;
        cr_expect_eq(decode((struct s5a_span){ in, sizeof(in) }, legacy, &request),
                     is_known ? S5A_OK : S5A_UNSUPPORTED_COMMAND, "command %02x", command);
    }
}

Test(request, unsupported_command_is_known_before_its_address)
{
    struct s5a_request request;
    cr_expect_eq(decode(SPAN("\x05\x09"), extended, &request), S5A_UNSUPPORTED_COMMAND);
}

Test(request, unsupported_address_leaves_the_command)
{
    struct s5a_request request;
    cr_expect_eq(decode(SPAN("\x05\x02\0\x02"), extended, &request), S5A_UNSUPPORTED_ADDRESS);
    cr_expect_eq(request.command, S5A_CMD_BIND);
    cr_expect_eq(request.address.type, S5A_ATYP_NONE);
}

Test(request, only_targets_may_be_unix_sockets)
{
    struct s5a_request request;
    cr_expect_eq(decode(SPAN("\x05\x01\0\x05\x02/s\0\0"), extended, &request), S5A_OK);
    cr_expect_eq(decode(SPAN("\x05\x06\0\x05\x02/s\0\0"), extended, &request), S5A_OK);
    cr_expect_eq(decode(SPAN("\x05\x03\0\x05\x02/s\0\0"), extended, &request),
                 S5A_UNSUPPORTED_ADDRESS);
    cr_expect_eq(decode(SPAN("\x05\x08\0\x05\x02/s\0\0\0\0"), extended, &request),
                 S5A_UNSUPPORTED_ADDRESS);
}

Test(request, keep_alive_names_nothing)
{
    struct s5a_request request;
    cr_expect_eq(decode(SPAN("\x05\x04\0\x01\x7f\0\0\x01\0\0"), extended, &request),
                 S5A_UNSUPPORTED_ADDRESS);
    cr_expect_eq(decode(SPAN("\x05\x04\0\0\0\0"), extended, &request), S5A_OK);
}

Test(request, options_of_other_commands_are_the_defaults)
{
    struct s5a_request request;
    cr_assert_eq(decode(SPAN("\x05\x03\0\x01\0\0\0\0\0\0"), extended, &request), S5A_OK);
    cr_expect_eq(request.options.idle, 60);
    cr_expect_eq(request.options.max_datagram, 65507);
}

Test(request, option_of_wrong_length_is_malformed)
{
    struct s5a_request request;
    cr_expect_eq(decode(SPAN("\x05\x08\0\x01\0\0\0\0\0\0\0\x03\x01\0\0"), extended, &request),
                 S5A_MALFORMED);
    cr_expect_eq(decode(SPAN("\x05\x08\0\x01\0\0\0\0\0\0\0\x04\x02\0\x01\0"), extended, &request),
                 S5A_MALFORMED);
    cr_expect_eq(
        decode(SPAN("\x05\x08\0\x01\0\0\0\0\0\0\0\x06\x03\0\x03\0\0\0"), extended, &request),
        S5A_MALFORMED);
}

Test(request, longest_one_without_options_fits_its_bound)
{
    static uint8_t out[S5A_REQUEST_MAX], url[S5A_URL_MAX];
    struct s5a_writer w;
    memset(url, 'x', sizeof(url));
    memcpy(url, "http://h/", 9);
    struct s5a_request request = { .command = S5A_CMD_CONNECT };
    request.address = (struct s5a_address){ .type = S5A_ATYP_URL, .text = { url, sizeof(url) } };
    s5a_writer_init(&w, out, sizeof(out));
    s5a_request_encode(&w, &request);
    cr_expect_not(w.bad);
    cr_expect_eq(s5a_writer_len(&w), 3 + S5A_ADDRESS_MAX + 2);
}

/* Greeting, selection, user name and password: what the vectors leave out. */
#include <criterion/criterion.h>
#include <string.h>

#include "protocol/greeting.h"
#include "protocol/userpass.h"
#include "tests/unit/span.h"

static uint8_t storage[1024];

static struct s5a_writer writer(void)
{
    struct s5a_writer w;
    s5a_writer_init(&w, storage, sizeof(storage));
    return w;
}

static enum s5a_status decode_status(struct s5a_span in, uint8_t *status)
{
    struct s5a_reader r;
    s5a_reader_init(&r, in.at, in.len);
    return s5a_userpass_status_decode(&r, status);
}

Test(login, greeting_without_methods_is_not_encodable)
{
    struct s5a_writer w = writer();
    s5a_greeting_encode(&w, SPAN(""));
    cr_expect(w.bad);
}

Test(login, longest_greeting_fits_its_bound)
{
    uint8_t methods[256] = { 0 };
    struct s5a_writer w = writer();
    s5a_greeting_encode(&w, (struct s5a_span){ methods, 255 });
    cr_expect_eq(s5a_writer_len(&w), S5A_GREETING_MAX);
    w = writer();
    s5a_greeting_encode(&w, (struct s5a_span){ methods, 256 });
    cr_expect(w.bad);
}

Test(login, selection_among_several_offers_is_taken)
{
    struct s5a_reader r;
    uint8_t method;
    s5a_reader_init(&r, "\x05\x02", 2);
    cr_expect_eq(s5a_selection_decode(&r, SPAN("\x00\x02"), &method), S5A_OK);
    cr_expect_eq(method, S5A_METHOD_PASSWORD);
}

Test(login, failed_selection_leaves_rejected_behind)
{
    struct s5a_reader r;
    uint8_t method = 0;
    s5a_reader_init(&r, "\x05\x02", 2);
    cr_expect_eq(s5a_selection_decode(&r, SPAN("\x00"), &method), S5A_MALFORMED);
    cr_expect_eq(method, S5A_METHOD_REJECTED);
}

Test(login, empty_user_and_password_pass)
{
    struct s5a_userpass userpass;
    struct s5a_reader r;
    s5a_reader_init(&r, "\x01\x00\x00", 3);
    cr_expect_eq(s5a_userpass_decode(&r, &userpass), S5A_OK);
    cr_expect_eq(userpass.user.len + userpass.password.len, 0);
}

Test(login, longest_user_and_password_fit_their_bound)
{
    uint8_t text[256];
    struct s5a_writer w = writer();
    memset(text, 'x', sizeof(text));
    struct s5a_userpass userpass = { { text, 255 }, { text, 255 } };
    s5a_userpass_encode(&w, &userpass);
    cr_expect_eq(s5a_writer_len(&w), S5A_USERPASS_MAX);
    w = writer();
    userpass.password.len = 256;
    s5a_userpass_encode(&w, &userpass);
    cr_expect(w.bad);
}

Test(login, status_is_taken_with_either_version_in_the_field)
{
    uint8_t status = 0xff;
    cr_expect_eq(decode_status(SPAN("\x01\x00"), &status), S5A_OK);
    cr_expect_eq(status, 0);
    cr_expect_eq(decode_status(SPAN("\x05\x01"), &status), S5A_OK);
    cr_expect_eq(status, 1);
}

Test(login, status_of_another_version_is_malformed_and_no_success)
{
    uint8_t status = 0;
    cr_expect_eq(decode_status(SPAN("\x00\x00"), &status), S5A_MALFORMED);
    cr_expect_neq(status, 0);
    cr_expect_eq(decode_status(SPAN("\x01"), &status), S5A_INCOMPLETE);
    cr_expect_neq(status, 0);
}

Test(login, status_is_encoded_with_version_1)
{
    struct s5a_writer w = writer();
    s5a_userpass_status_encode(&w, 0);
    cr_expect(s5a_span_equal((struct s5a_span){ storage, s5a_writer_len(&w) }, SPAN("\x01\x00")));
}

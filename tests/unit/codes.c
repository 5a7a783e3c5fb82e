/* Reply codes and statuses: texts and errno values. */
#include <criterion/criterion.h>
#include <errno.h>

#include "protocol/rep.h"
#include "protocol/status.h"

Test(codes, every_reply_has_the_errno_of_the_profile)
{
    static const int expected[] = {
        0,          ECONNABORTED, EACCES,       ENETUNREACH, EHOSTUNREACH, ECONNREFUSED,
        ETIMEDOUT,  EOPNOTSUPP,   EAFNOSUPPORT, EACCES,      ETIMEDOUT,    ECONNABORTED,
        ECONNRESET, EACCES,       ENETUNREACH,  EACCES,      ECONNREFUSED
    };
    for (unsigned rep = 0; rep < sizeof(expected) / sizeof(expected[0]); rep++)
        cr_expect_eq(s5a_rep_errno((uint8_t)rep), expected[rep], "REP %02x", rep);
}

Test(codes, unknown_reply_is_an_aborted_connection)
{
    for (unsigned rep = 0x11; rep < 0x100; rep++) {
        cr_expect_eq(s5a_rep_errno((uint8_t)rep), ECONNABORTED);
        cr_expect_str_eq(s5a_rep_text((uint8_t)rep), "unknown reply");
    }
}

Test(codes, replies_have_texts)
{
    cr_expect_str_eq(s5a_rep_text(S5A_REP_CONN_REFUSED), "connection refused");
    cr_expect_str_eq(s5a_rep_text(S5A_REP_EXHAUSTED), "resources of the proxy exhausted");
}

Test(codes, statuses_have_text_and_errno)
{
    cr_expect_eq(s5a_status_errno(S5A_OK), 0);
    cr_expect_eq(s5a_status_errno(S5A_TIMED_OUT), ETIMEDOUT);
    cr_expect_str_eq(s5a_status_text(S5A_MALFORMED), "malformed message");
}

Test(codes, unknown_status_is_a_protocol_error)
{
    cr_expect_eq(s5a_status_errno((enum s5a_status)1000), EPROTO);
    cr_expect_str_eq(s5a_status_text((enum s5a_status)1000), "unknown status");
}

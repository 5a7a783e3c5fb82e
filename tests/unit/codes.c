/* Reply codes and statuses: texts and errno values. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

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

/* A row of docs/protocol.md, as it must be. */
static void format_row(char *out, size_t cap, uint8_t rep)
{
    int error = s5a_rep_errno(rep);
    snprintf(out, cap, "| %02x | %s | %s |\n", (unsigned)rep, error ? strerrorname_np(error) : "0",
             s5a_rep_text(rep));
}

Test(codes, page_on_the_protocol_has_this_table_of_replies)
{
    char line[256], row[256];
    unsigned rep = 0;
    FILE *page = fopen("docs/protocol.md", "r");
    cr_assert_not_null(page, "tests run at the top of the tree");
    while (fgets(line, sizeof(line), page) && strcmp(line, "| REP | errno | in the log |\n") != 0)
        ;
    cr_assert(fgets(line, sizeof(line), page), "no table of replies");
    for (; fgets(line, sizeof(line), page) && line[0] == '|'; rep++) {
        format_row(row, sizeof(row), (uint8_t)rep);
        cr_expect_str_eq(line, row);
    }
    fclose(page);
    cr_expect_eq(rep, S5A_REP_EXHAUSTED + 1u);
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

Test(codes, error_codes_have_texts)
{
    cr_expect_str_eq(s5a_code_text(S5A_CODE_RETRY_AFTER), "try again later");
    cr_expect_str_eq(s5a_code_text(0x0006), "unknown code");
}

/* shim/inbound/outside: what a proxy's listener is for the program, where its reply tells no address. */
#include "shim/inbound/outside.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

#include "client/word.h"

static struct s5a_proxy first = { .name = (char[]){ "first" } };
static struct s5a_proxy last = { .name = (char[]){ "last" }, .via = &first };
static const struct s5a_attempt attempt = { .proxy = &last, .own = -1, .standin = -1 };

/* As a socket of IPv4 is told; "" where it cannot be. */
static const char *outside(const char *own, const char *told)
{
    static char text[INET_ADDRSTRLEN];
    struct s5a_target bound = { .port = 7 };
    union s5a_inet out;
    cr_assert_eq(s5a_address_parse(&last.at.address, s5a_word(own)), S5A_OK);
    cr_assert_eq(s5a_address_parse(&bound.address, s5a_word(told)), S5A_OK);
    if (!s5a_outside(&bound, &attempt, AF_INET, &out))
        return "";
    cr_assert_eq(ntohs(out.v4.sin_port), 7);
    inet_ntop(AF_INET, &out.v4.sin_addr, text, sizeof text);
    return text;
}

Test(inbound_outside, is_what_the_reply_says)
{
    cr_expect_str_eq(outside("192.0.2.7", "192.0.2.8"), "192.0.2.8");
    cr_expect_str_eq(outside("192.0.2.7", "2001:db8::8"), "");
}

/* Not the first hop's, which is what the socket is connected to. */
Test(inbound_outside, behind_others_zeros_are_the_last_proxys_own)
{
    cr_expect_str_eq(outside("192.0.2.7", "0.0.0.0"), "192.0.2.7");
    cr_expect_str_eq(outside("192.0.2.7", "proxy.example"), "192.0.2.7");
    cr_expect_str_eq(outside("proxy.example", "0.0.0.0"), "");
    cr_expect_str_eq(outside("2001:db8::7", "0.0.0.0"), "");
}

/* Whom a proxy is told to expect at a listener. */
#include "shim/inbound/expected.h"

#include <criterion/criterion.h>
#include <string.h>

#include "client/word.h"
#include "shim/lock.h"

static struct s5a_config config;
static struct s5a_proxy proxy, other;
static struct s5a_named_target found;

static void setup(void)
{
    memset(&config, 0, sizeof config);
    config.inbound_mode = S5A_INBOUND_BIND;
    config.inbound_expects_last = true;
}

TestSuite(inbound_expected, .init = setup);

/* A connect through the proxy to the host stands. */
static void connect_to(const char *host)
{
    static struct s5a_attempt a;
    struct s5a_locked shield;
    memset(&a, 0, sizeof a);
    a.config = &config;
    a.proxy = &proxy;
    strcpy(a.named.name, host);
    cr_assert_eq(s5a_address_parse(&a.named.target.address, s5a_word(a.named.name)), S5A_OK);
    a.named.target.port = 21;
    s5a_shield(&shield);
    s5a_expected_note(&a);
    s5a_unshield(&shield);
    memset(&a, 0xee, sizeof a);
}

static const char *expected(const struct s5a_proxy *by, int family)
{
    static char text[S5A_ADDRESS_TEXT_CAP];
    s5a_expected_find(&config, by, family, &found);
    s5a_target_format(&found.target, text, sizeof text);
    return text;
}

Test(inbound_expected, anybody_before_there_was_a_connect)
{
    cr_assert_str_eq(expected(&proxy, AF_INET), "0.0.0.0:0");
    cr_assert_str_eq(expected(&proxy, AF_UNSPEC), "0.0.0.0:0");
    cr_assert_str_eq(expected(&proxy, AF_INET6), "[::]:0");
}

Test(inbound_expected, the_last_target_of_that_proxy_from_any_port)
{
    connect_to("192.0.2.7");
    cr_assert_str_eq(expected(&proxy, AF_INET), "192.0.2.7:0");
    cr_assert_str_eq(expected(&other, AF_INET), "0.0.0.0:0");
    connect_to("ftp.example");
    cr_assert_str_eq(expected(&proxy, AF_INET), "ftp.example:0");
    cr_assert_str_eq(expected(&proxy, AF_INET6), "ftp.example:0");
}

Test(inbound_expected, an_address_of_another_family_is_nobody)
{
    connect_to("192.0.2.7");
    cr_assert_str_eq(expected(&proxy, AF_INET6), "[::]:0");
    connect_to("2001:db8::7");
    cr_assert_str_eq(expected(&proxy, AF_INET), "0.0.0.0:0");
    cr_assert_str_eq(expected(&proxy, AF_UNSPEC), "[2001:db8::7]:0");
}

Test(inbound_expected, what_is_configured_goes_before_it)
{
    char host[] = "irc.example";
    connect_to("192.0.2.7");
    config.inbound_expects_last = false;
    cr_assert_str_eq(expected(&proxy, AF_INET), "0.0.0.0:0");
    config.inbound_peer = host;
    cr_assert_str_eq(expected(&proxy, AF_INET), "irc.example:0");
}

Test(inbound_expected, nothing_is_noted_for_other_policies)
{
    config.inbound_mode = S5A_INBOUND_ALLOW;
    connect_to("192.0.2.7");
    cr_assert_str_eq(expected(&proxy, AF_INET), "0.0.0.0:0");
}

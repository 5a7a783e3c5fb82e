/* shim/datagrams/relay_address: whose word counts for where a relay is, as the proxy before it knows it. */
#include "shim/datagrams/relay_address.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "client/word.h"

static struct s5a_config config;
static struct s5a_proxy proxy = { .name = (char[]){ "p" } };
static struct s5a_answers answers;

/* What a reply with this address comes to: "" for no place. */
static const char *relay(const char *own, const char *told)
{
    static char text[S5A_ADDRESS_TEXT_CAP];
    struct s5a_target found;
    cr_assert_eq(s5a_address_parse(&proxy.at.address, s5a_word(own)), S5A_OK);
    cr_assert_eq(s5a_address_parse(&answers.list[0], s5a_word(told)), S5A_OK);
    answers.count = 1;
    answers.port = 7;
    strcpy(answers.name, told);
    if (s5a_relay_name(&config, &proxy, &answers, &found) != 0)
        return "";
    cr_assert_eq(found.port, 7);
    s5a_address_format(&found.address, text, sizeof text);
    return text;
}

Test(datagram_relay, is_where_the_reply_says)
{
    cr_expect_str_eq(relay("192.0.2.7", "192.0.2.8"), "192.0.2.8");
    cr_expect_str_eq(relay("192.0.2.7", "2001:db8::8"), "2001:db8::8");
    cr_expect_str_eq(relay("192.0.2.7", "relay.example"), "relay.example");
    cr_expect_str_eq(relay("10.1.2.3", "10.3.2.1"), "10.3.2.1");
    cr_expect_str_eq(relay("proxy.example", "10.3.2.1"), "10.3.2.1");
    cr_expect_str_eq(relay("127.0.0.1", "127.0.0.2"), "127.0.0.2");
}

Test(datagram_relay, is_where_the_proxy_is_if_the_reply_cannot_be_true)
{
    static const char *const wrong[] = {
        "0.0.0.0",    "::",          "127.0.0.1",  "::1",     "10.0.0.1",       "172.16.0.1",
        "172.31.0.1", "192.168.1.1", "100.64.0.1", "fd00::1", "::ffff:10.0.0.1"
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_str_eq(relay("192.0.2.7", wrong[i]), "192.0.2.7", "%s", wrong[i]);
    cr_expect_str_eq(relay("192.0.2.7", "172.32.0.1"), "172.32.0.1");
    cr_expect_str_eq(relay("proxy.example", "0.0.0.0"), "proxy.example");
}

Test(datagram_relay, is_nowhere_if_many_would_hear_it)
{
    static const char *const wrong[] = { "224.0.0.1", "239.255.255.250",  "255.255.255.255",
                                         "240.0.0.1", "::ffff:224.0.0.1", "ff02::1" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_str_eq(relay("192.0.2.7", wrong[i]), "", "%s", wrong[i]);
}

Test(datagram_relay, is_where_the_proxy_is_if_that_is_configured)
{
    config.udp_relay = S5A_RELAY_OF_PROXY;
    cr_expect_str_eq(relay("192.0.2.7", "192.0.2.8"), "192.0.2.7");
    cr_expect_str_eq(relay("192.0.2.7", "relay.example"), "192.0.2.7");
}

Test(datagram_relay, without_a_port_it_is_nowhere)
{
    struct s5a_target found;
    answers.count = 1;
    answers.list[0] = s5a_address_ipv4((const uint8_t[4]){ 192, 0, 2, 8 });
    cr_expect_eq(s5a_relay_name(&config, &proxy, &answers, &found), -EPROTO);
    answers.count = 0;
    answers.port = 7;
    cr_expect_eq(s5a_relay_name(&config, &proxy, &answers, &found), -EPROTO);
}

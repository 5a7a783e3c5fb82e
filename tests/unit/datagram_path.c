/* shim/datagrams/path: by which way datagrams reach a proxy. */
#include "shim/datagrams/path.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* A chain: the first letter is the proxy that is dialled. p: without a log-in by EAF, e: with one in
 * clear, t: in records. */
static struct s5a_proxy proxies[S5A_HOPS_MAX];
static struct s5a_login login;
static struct s5a_config config;

static const struct s5a_proxy *chain(const char *kinds)
{
    size_t len = strlen(kinds);
    for (size_t i = 0; i < len; i++) {
        proxies[i] = (struct s5a_proxy){ .via = i > 0 ? &proxies[i - 1] : NULL };
        if (kinds[i] == 'p')
            continue;
        proxies[i].login = &login;
        proxies[i].methods = S5A_METHODS_EAF;
        proxies[i].tol.use = kinds[i] == 't' ? S5A_TOL_ON : S5A_TOL_OFF;
    }
    return &proxies[len - 1];
}

/* "stream 1 2": in stream to the first, from there to the relay of the second; "" for no way. */
static const char *text_of(const struct s5a_datagram_path *path)
{
    static char text[64];
    size_t len = 0;
    text[0] = '\0';
    if (path->count > 0)
        len = (size_t)sprintf(text, "%s", path->is_in_stream ? "stream" : "datagrams");
    for (unsigned i = 0; i < path->count; i++)
        len += (size_t)sprintf(text + len, " %d", (int)(path->hops[i] - proxies) + 1);
    return text;
}

static const char *choose(enum s5a_udp_transport transport, const char *kinds)
{
    struct s5a_datagram_path path;
    config.udp_transport = transport;
    s5a_datagram_path_choose(&path, &config, chain(kinds));
    return text_of(&path);
}

Test(datagram_path, one_proxy)
{
    cr_expect_str_eq(choose(S5A_UDP_AUTO, "p"), "datagrams 1");
    cr_expect_str_eq(choose(S5A_UDP_AUTO, "e"), "datagrams 1");
    cr_expect_str_eq(choose(S5A_UDP_AUTO, "t"), "stream 1");
    cr_expect_str_eq(choose(S5A_UDP_DATAGRAMS, "e"), "datagrams 1");
    cr_expect_str_eq(choose(S5A_UDP_DATAGRAMS, "t"), "stream 1");
    cr_expect_str_eq(choose(S5A_UDP_STREAM, "e"), "stream 1");
    cr_expect_str_eq(choose(S5A_UDP_STREAM, "p"), "");
}

Test(datagram_path, a_chain_is_gone_in_stream_as_far_as_that_goes)
{
    cr_expect_str_eq(choose(S5A_UDP_AUTO, "ppe"), "stream 3");
    cr_expect_str_eq(choose(S5A_UDP_AUTO, "pet"), "stream 3");
    cr_expect_str_eq(choose(S5A_UDP_AUTO, "pep"), "stream 2 3");
    cr_expect_str_eq(choose(S5A_UDP_AUTO, "tpp"), "stream 1 2 3");
    cr_expect_str_eq(choose(S5A_UDP_AUTO, "epp"), "datagrams 1 2 3");
    cr_expect_str_eq(choose(S5A_UDP_AUTO, "ppp"), "datagrams 1 2 3");
}

Test(datagram_path, what_is_asked_for_counts)
{
    cr_expect_str_eq(choose(S5A_UDP_STREAM, "epp"), "stream 1 2 3");
    cr_expect_str_eq(choose(S5A_UDP_STREAM, "ppp"), "");
    cr_expect_str_eq(choose(S5A_UDP_DATAGRAMS, "pee"), "datagrams 1 2 3");
    cr_expect_str_eq(choose(S5A_UDP_DATAGRAMS, "pte"), "stream 2 3");
}

Test(datagram_path, a_proxy_that_takes_nothing_in_stream_is_remembered)
{
    struct s5a_datagram_path path;
    config.udp_transport = S5A_UDP_AUTO;
    s5a_datagram_path_choose(&path, &config, chain("pee"));
    cr_assert_str_eq(text_of(&path), "stream 3");
    cr_assert(s5a_datagram_path_change(&path, &config));
    cr_expect_str_eq(text_of(&path), "stream 2 3");
    cr_assert(s5a_datagram_path_change(&path, &config));
    cr_expect_str_eq(text_of(&path), "datagrams 1 2 3");
    cr_expect_not(s5a_datagram_path_change(&path, &config));
    s5a_datagram_path_choose(&path, &config, &proxies[2]);
    cr_expect_str_eq(text_of(&path), "datagrams 1 2 3");
}

Test(datagram_path, there_may_be_no_other)
{
    struct s5a_datagram_path path;
    config.udp_transport = S5A_UDP_AUTO;
    s5a_datagram_path_choose(&path, &config, chain("pt"));
    cr_expect_not(s5a_datagram_path_change(&path, &config));
    config.udp_transport = S5A_UDP_STREAM;
    s5a_datagram_path_choose(&path, &config, chain("pe"));
    cr_expect_not(s5a_datagram_path_change(&path, &config));
}

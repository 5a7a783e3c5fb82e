/* shim/datagrams/layers: headers of several relays around a datagram. */
#include "shim/datagrams/layers.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/span.h"

static struct s5a_layers layers;

static struct s5a_address ip4(const char *ip)
{
    uint8_t bytes[4];
    inet_pton(AF_INET, ip, bytes);
    return s5a_address_ipv4(bytes);
}

static struct s5a_address name(const char *text)
{
    struct s5a_address address = s5a_address_none();
    address.type = S5A_ATYP_NAME;
    address.text = (struct s5a_span){ (const uint8_t *)text, strlen(text) };
    return address;
}

static void add(struct s5a_address relay, uint16_t port)
{
    cr_assert(s5a_layers_add(&layers, &relay, port));
}

#define SECOND "\0\0\0\1\xc0\0\2\2\0\2"
#define THIRD "\0\0\0\1\xc0\0\2\3\0\3"
#define INSIDE "\0\0\0\1\xc6\x33\x64\1\0\x50hello"

/* What is inside; empty: it is nobody's. */
static struct s5a_span strip(struct s5a_span datagram)
{
    return s5a_layers_strip(&layers, &datagram) ? datagram : (struct s5a_span){ NULL, 0 };
}

#define EXPECT_INSIDE(bytes) cr_expect(s5a_span_equal(strip(S5A_SPAN(bytes)), S5A_SPAN(INSIDE)))
#define EXPECT_NOTHING(bytes) cr_expect_eq(strip(S5A_SPAN(bytes)).len, 0)

Test(datagram_layers, none_are_no_bytes)
{
    cr_expect_eq(layers.len, 0);
    EXPECT_INSIDE(INSIDE);
}

Test(datagram_layers, the_outermost_is_the_first)
{
    add(ip4("192.0.2.2"), 2);
    add(ip4("192.0.2.3"), 3);
    struct s5a_span bytes = { layers.bytes, layers.len };
    cr_assert(s5a_span_equal(bytes, S5A_SPAN(SECOND THIRD)));
    EXPECT_INSIDE(SECOND THIRD INSIDE);
}

Test(datagram_layers, each_source_is_looked_at)
{
    add(ip4("192.0.2.2"), 2);
    add(ip4("192.0.2.3"), 3);
    EXPECT_NOTHING(INSIDE);
    EXPECT_NOTHING(THIRD SECOND INSIDE);
    EXPECT_NOTHING(SECOND SECOND INSIDE);
    EXPECT_NOTHING("\0\0\0\1\xc0\0\2\2\0\3" THIRD INSIDE); /* another port */
    EXPECT_NOTHING("\0\0\0\3\1n\0\2" THIRD INSIDE);        /* a name */
    EXPECT_NOTHING("\0\0\1\1\xc0\0\2\2\0\2" THIRD INSIDE); /* a fragment */
    EXPECT_NOTHING(SECOND "\0\0\0\1\xc0\0\2\3\0");         /* cut */
    EXPECT_NOTHING("");
    EXPECT_INSIDE(SECOND THIRD INSIDE);
}

Test(datagram_layers, a_mapped_source_is_its_ipv4_address)
{
    add(ip4("192.0.2.2"), 2);
    EXPECT_INSIDE("\0\0\0\4\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\2\0\2" INSIDE);
}

Test(datagram_layers, a_name_has_the_first_address_that_answers)
{
    add(name("relay"), 2);
    EXPECT_NOTHING("\0\0\0\1\xc0\0\2\2\0\3" INSIDE);
    EXPECT_INSIDE(SECOND INSIDE);
    EXPECT_NOTHING("\0\0\0\1\xc0\0\2\4\0\2" INSIDE);
    EXPECT_INSIDE("\0\0\0\3\5relay\0\2" INSIDE);
    EXPECT_INSIDE(SECOND INSIDE);
}

Test(datagram_layers, what_is_no_place_is_not_taken)
{
    struct s5a_address nowhere = s5a_address_none(), path = s5a_address_none();
    path.type = S5A_ATYP_UNIX;
    path.text = S5A_SPAN("/path");
    cr_expect_not(s5a_layers_add(&layers, &nowhere, 1));
    cr_expect_not(s5a_layers_add(&layers, &path, 1));
    cr_expect_eq(layers.len, 0);
}

Test(datagram_layers, as_many_as_a_chain_has)
{
    char longest[S5A_NAME_MAX + 1];
    memset(longest, 'n', S5A_NAME_MAX);
    longest[S5A_NAME_MAX] = '\0';
    for (unsigned i = 0; i < S5A_LAYERS_MAX; i++)
        add(name(longest), 1);
    struct s5a_address one_more = ip4("192.0.2.2");
    cr_expect_not(s5a_layers_add(&layers, &one_more, 1));
    cr_expect_eq(layers.len, S5A_LAYERS_LEN_MAX);
}

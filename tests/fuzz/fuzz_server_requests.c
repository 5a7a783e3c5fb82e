/* Requests on a session of method 80 with all capabilities: what follows the first byte, cut where that
 * says. Each is answered by a draw from its own bytes; every reply must read back as what it was. */
#include "tests/fuzz/check.h"

#include <sodium.h>
#include <stdlib.h>

#include "server/handshake.h"
#include "tests/unit/handshake_feed.h"

static struct s5ad_handshake hs;

static void start(void)
{
    s5ad_handshake_init(&hs, S5AD_OFFER_EAF, NULL);
    hs.exchange = calloc(1, sizeof *hs.exchange);
    REQUIRE(hs.exchange);
    hs.exchange->setup.method = S5A_METHOD_EAF;
    hs.exchange->capabilities = S5A_CAPABILITY_FEATURES;
    hs.step = S5AD_STEP_REQUEST;
}

/* Takes one reply off `out`. */
static void expect_reply(uint8_t command, uint8_t rep, uint16_t port)
{
    struct s5a_span out = s5a_buffer_peek(&hs.out);
    struct s5a_reply_rules rules = { command, true };
    struct s5a_reply reply;
    struct s5a_reader r;
    s5a_reader_init(&r, out.at, out.len);
    REQUIRE(s5a_reply_decode(&r, rules, &reply) == S5A_OK);
    REQUIRE(reply.rep == rep);
    REQUIRE(rep != S5A_REP_SUCCEEDED || reply.port == port);
    REQUIRE(reply.detailed == (rep >= S5A_REP_AUTH_EXPIRED));
    s5a_buffer_consume(&hs.out, out.len - s5a_reader_left(&r));
}

static void expect_nothing_more(void)
{
    REQUIRE(s5a_buffer_peek(&hs.out).len == 0);
}

static void answer_many(unsigned count)
{
    struct s5a_reply replies[64] = { 0 };
    uint8_t ip[16] = { 0x20 };
    for (unsigned i = 0; i < count; i++) {
        replies[i].address = s5a_address_ipv6(ip);
        replies[i].port = (uint16_t)(count - 1 - i);
    }
    s5ad_handshake_replies(&hs, replies, count);
    for (unsigned i = 0; i < count; i++)
        expect_reply(S5A_CMD_DNS_RESOLVE, S5A_REP_SUCCEEDED, (uint16_t)(count - 1 - i));
}

static void answer(void)
{
    const struct s5a_request *request = &hs.request;
    struct s5a_address none = s5a_address_none(), zeros = s5a_address_ipv4((uint8_t[4]){ 0 });
    uint8_t command = request->command, rep = (uint8_t)(request->port % 0x11);
    REQUIRE(request->address.type != S5A_ATYP_URL);
    if (command == S5A_CMD_DNS_RESOLVE && rep == S5A_REP_SUCCEEDED) {
        answer_many(1 + request->port / 0x11 % 64);
    } else {
        s5ad_handshake_reply(&hs, rep, command == S5A_CMD_KEEP_ALIVE ? &none : &zeros, 0, "why");
        expect_reply(command, rep, 0);
    }
    expect_nothing_more();
    bool goes_on = command >= S5A_CMD_KEEP_ALIVE && command <= S5A_CMD_POOL_NEW;
    REQUIRE((hs.step == S5AD_STEP_REQUEST) == goes_on);
}

static void feed(struct s5a_span bytes)
{
    while (bytes.len > 0) {
        size_t taken = handshake_feed(&hs, bytes);
        bytes = (struct s5a_span){ bytes.at + taken, bytes.len - taken };
        while (s5ad_handshake_advance(&hs) == S5AD_WANT_COMMAND)
            answer();
        REQUIRE(!hs.held); /* `out` is empty */
        if (taken == 0)
            return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    size_t cut = 1 + (data[0] < size - 1 ? data[0] : size - 1);
    start();
    feed((struct s5a_span){ data + 1, cut - 1 });
    feed((struct s5a_span){ data + cut, size - cut });
    if (hs.step == S5AD_STEP_REFUSED && s5a_buffer_peek(&hs.out).len > 0)
        expect_reply(hs.request.command, hs.rep, 0);
    expect_nothing_more();
    s5ad_handshake_wipe(&hs);
    return 0;
}

/* A request; bits 0 and 1 of the first byte are what was negotiated. */
#include "tests/fuzz/check.h"

#include "protocol/request.h"

enum { RSV_AT = 2, OPTIONS_LEN = 16 };

struct context {
    struct s5a_request_rules rules;
    struct s5a_request request;
};

static enum s5a_status decode(struct s5a_reader *r, void *context)
{
    struct context *c = context;
    return s5a_request_decode(r, c->rules, &c->request);
}

static void encode(struct s5a_writer *w, void *context)
{
    s5a_request_encode(w, &((struct context *)context)->request);
}

/* Options are written out in full and in order; what they say must stay. */
static void check_options(struct context *context, const uint8_t *plain)
{
    static uint8_t out[512];
    struct s5a_udp_options before = context->request.options;
    struct s5a_writer w;
    struct s5a_reader r;
    s5a_writer_init(&w, out, sizeof(out));
    encode(&w, context);
    REQUIRE(!w.bad && memcmp(out, plain, s5a_writer_len(&w) - OPTIONS_LEN) == 0);
    s5a_reader_init(&r, out, s5a_writer_len(&w));
    REQUIRE(decode(&r, context) == S5A_OK && s5a_reader_left(&r) == 0);
    REQUIRE(context->request.options.transport == before.transport);
    REQUIRE(context->request.options.idle == before.idle);
    REQUIRE(context->request.options.max_datagram == before.max_datagram);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct s5a_span in = { data + 1, size - 1 };
    struct context context = { .rules = { data[0] & 1, data[0] & 2 } };
    size_t used;
    if (fuzz_stream(in, decode, &context, &used) != S5A_OK)
        return 0;

    uint8_t *plain = malloc(used); /* the reserved byte is ignored, and sent as 0 */
    struct s5a_reader r;
    REQUIRE(plain);
    memcpy(plain, in.at, used);
    plain[RSV_AT] = 0;
    s5a_reader_init(&r, plain, used);
    REQUIRE(decode(&r, &context) == S5A_OK);
    REQUIRE(context.rules.extended_commands || context.request.command <= 3);
    REQUIRE(context.rules.extended_addresses || context.request.address.type <= S5A_ATYP_IPV6);
    if (context.request.command == S5A_CMD_UDP_ASSOCIATE_EXT)
        check_options(&context, plain);
    else
        fuzz_same((struct s5a_span){ plain, used }, encode, &context);
    free(plain);
    return 0;
}

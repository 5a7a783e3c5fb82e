/* A reply, and how much of it is said to be missing. First byte: bit 7 a session of methods 80-82,
 * the others the command. */
#include "tests/fuzz/check.h"

#include "protocol/reply.h"
#include "protocol/request.h"
#include "protocol/text.h"

enum { RSV_AT = 2, ATYP_AT = 3, ELEN_AT = 4, OPTIONS_LEN = 16 };

struct context {
    struct s5a_reply_rules rules;
    struct s5a_reply reply;
};

static enum s5a_status decode(struct s5a_reader *r, void *context)
{
    struct context *c = context;
    return s5a_reply_decode(r, c->rules, &c->reply);
}

static void encode(struct s5a_writer *w, void *context)
{
    struct context *c = context;
    s5a_reply_encode(w, c->rules, &c->reply);
}

/* Never more than belongs to it, never nothing while it is incomplete. */
static void check_missing_at(struct s5a_span in, size_t have, struct context *context, size_t used)
{
    struct s5a_span begin = { in.at, have };
    size_t ignored, missing = s5a_reply_missing(begin, context->rules);
    REQUIRE((fuzz_decode(begin, decode, context, &ignored) == S5A_INCOMPLETE) == (missing > 0));
    if (used > 0 && have <= used)
        REQUIRE(missing <= used - have);
}

/* Reading as told ends at the end of the reply, or where it is known to be wrong. */
static void check_missing(struct s5a_span in, struct context *context, enum s5a_status whole,
                          size_t used)
{
    size_t have = 0, missing;
    for (size_t len = 0; len <= in.len && len < 64; len++)
        check_missing_at(in, len, context, used);
    while ((missing = s5a_reply_missing((struct s5a_span){ in.at, have }, context->rules)) > 0) {
        if (missing > in.len - have) {
            REQUIRE(whole != S5A_OK); /* the shortest reply that begins so is longer */
            return;
        }
        have += missing;
    }
    REQUIRE(whole != S5A_INCOMPLETE);
    REQUIRE(whole != S5A_OK || have == used);
}

/* Sets what is ignored to what is sent. */
static void normalize(uint8_t *bytes, size_t len, struct s5a_reply_rules rules)
{
    bytes[RSV_AT] = 0;
    bool may_be_detailed = rules.eaf && bytes[1] >= 9 && bytes[ATYP_AT] == S5A_ATYP_IPV4;
    if (may_be_detailed && bytes[ELEN_AT] == 0 && bytes[ELEN_AT + 1] == 0)
        memset(bytes + ELEN_AT, 0, len - ELEN_AT);
}

static void check_same(struct s5a_span in, struct context *context)
{
    static uint8_t out[1024];
    uint8_t *bytes = malloc(in.len);
    struct s5a_reader r;
    struct s5a_writer w;
    REQUIRE(bytes);
    memcpy(bytes, in.at, in.len);
    normalize(bytes, in.len, context->rules);
    s5a_reader_init(&r, bytes, in.len);
    REQUIRE(decode(&r, context) == S5A_OK);
    if (context->rules.command == S5A_CMD_UDP_ASSOCIATE_EXT && context->reply.rep == 0) {
        s5a_writer_init(&w, out, sizeof(out));
        encode(&w, context);
        REQUIRE(!w.bad && memcmp(out, bytes, s5a_writer_len(&w) - OPTIONS_LEN) == 0);
    } else {
        fuzz_same((struct s5a_span){ bytes, in.len }, encode, context);
    }
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct s5a_span in = { data + 1, size - 1 };
    struct context context = { .rules = { data[0] & 0x7f, data[0] & 0x80 } };
    size_t used;
    enum s5a_status whole = fuzz_stream(in, decode, &context, &used);
    check_missing(in, &context, whole, used);
    if (whole != S5A_OK)
        return 0;
    check_same((struct s5a_span){ in.at, used }, &context);
    REQUIRE(context.reply.message.len <= S5A_REPLY_MESSAGE_MAX);
    REQUIRE(!context.reply.detailed || context.rules.eaf);
    return 0;
}

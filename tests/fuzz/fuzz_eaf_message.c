/* The framing of EAF messages. First byte: the number of the message. */
#include "tests/fuzz/check.h"

#include "protocol/eaf/message.h"

struct context {
    unsigned i;
    struct s5a_eaf_message message;
};

static enum s5a_status decode(struct s5a_reader *r, void *context)
{
    struct context *c = context;
    return s5a_eaf_message_decode(r, c->i, &c->message);
}

static void check_parts(struct s5a_span in, const struct s5a_eaf_message *message)
{
    uint8_t *out = malloc(in.len);
    struct s5a_writer w;
    REQUIRE(out);
    s5a_writer_init(&w, out, in.len);
    s5a_write_span(&w, message->head);
    s5a_write_span(&w, message->auth);
    s5a_write_span(&w, message->metadata);
    s5a_write_span(&w, message->hmac);
    REQUIRE(!w.bad && s5a_writer_len(&w) == in.len && memcmp(out, in.at, in.len) == 0);
    REQUIRE(s5a_span_equal(message->whole, in));
    REQUIRE(message->auth.len <= S5A_EAF_PART_MAX && message->metadata.len <= S5A_EAF_PART_MAX);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct s5a_key mac = { { 1 } };
    if (size == 0)
        return 0;
    struct context context = { .i = data[0] };
    struct s5a_span in = { data + 1, size - 1 };
    struct s5a_reader r;
    size_t used;
    if (fuzz_stream(in, decode, &context, &used) != S5A_OK)
        return 0;
    s5a_reader_init(&r, in.at, in.len);
    REQUIRE(decode(&r, &context) == S5A_OK);
    REQUIRE(context.i >= 1 && context.i <= S5A_EAF_MESSAGES_MAX);
    check_parts((struct s5a_span){ in.at, used }, &context.message);
    REQUIRE(!s5a_eaf_message_verify(&context.message, &mac));
    return 0;
}

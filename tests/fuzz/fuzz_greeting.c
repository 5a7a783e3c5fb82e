/* A greeting, then a selection among what it offers. */
#include "tests/fuzz/check.h"

#include "protocol/greeting.h"

struct context {
    struct s5a_span offered;
    uint8_t method;
};

static enum s5a_status decode_greeting(struct s5a_reader *r, void *context)
{
    struct s5a_span methods;
    (void)context;
    enum s5a_status status = s5a_greeting_decode(r, &methods);
    REQUIRE((status == S5A_OK) == (methods.len > 0));
    return status;
}

static void encode_greeting(struct s5a_writer *w, void *context)
{
    s5a_greeting_encode(w, ((struct context *)context)->offered);
}

static enum s5a_status decode_selection(struct s5a_reader *r, void *context)
{
    struct context *c = context;
    enum s5a_status status = s5a_selection_decode(r, c->offered, &c->method);
    if (c->method != S5A_METHOD_REJECTED)
        REQUIRE(status == S5A_OK && memchr(c->offered.at, c->method, c->offered.len));
    return status;
}

static void encode_selection(struct s5a_writer *w, void *context)
{
    s5a_selection_encode(w, ((struct context *)context)->method);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct s5a_span in = { data, size };
    struct s5a_reader r;
    struct context context = { 0 };
    size_t used;
    if (fuzz_stream(in, decode_greeting, &context, &used) != S5A_OK)
        return 0;
    s5a_reader_init(&r, data, size);
    REQUIRE(s5a_greeting_decode(&r, &context.offered) == S5A_OK);
    fuzz_same((struct s5a_span){ data, used }, encode_greeting, &context);

    struct s5a_span rest = s5a_read_span(&r, size - used);
    if (fuzz_stream(rest, decode_selection, &context, &used) == S5A_OK)
        fuzz_same((struct s5a_span){ rest.at, used }, encode_selection, &context);
    return 0;
}

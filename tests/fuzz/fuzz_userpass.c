/* User name and password, then the server's status. */
#include "tests/fuzz/check.h"

#include "protocol/userpass.h"

struct context {
    struct s5a_userpass userpass;
    uint8_t status;
};

static enum s5a_status decode_userpass(struct s5a_reader *r, void *context)
{
    struct context *c = context;
    return s5a_userpass_decode(r, &c->userpass);
}

static void encode_userpass(struct s5a_writer *w, void *context)
{
    s5a_userpass_encode(w, &((struct context *)context)->userpass);
}

static enum s5a_status decode_status(struct s5a_reader *r, void *context)
{
    struct context *c = context;
    enum s5a_status status = s5a_userpass_status_decode(r, &c->status);
    REQUIRE(status == S5A_OK || c->status != 0); /* no success by accident */
    return status;
}

static void encode_status(struct s5a_writer *w, void *context)
{
    s5a_userpass_status_encode(w, ((struct context *)context)->status);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct s5a_span in = { data, size };
    struct s5a_reader r;
    struct context context = { 0 };
    size_t used;
    if (fuzz_stream(in, decode_userpass, &context, &used) != S5A_OK)
        return 0;
    s5a_reader_init(&r, data, size);
    REQUIRE(s5a_userpass_decode(&r, &context.userpass) == S5A_OK);
    fuzz_same((struct s5a_span){ data, used }, encode_userpass, &context);

    struct s5a_span rest = s5a_read_span(&r, size - used);
    if (fuzz_stream(rest, decode_status, &context, &used) != S5A_OK)
        return 0;
    uint8_t *out = fuzz_encode(encode_status, &context, used);
    REQUIRE(out[0] == 1 && out[1] == rest.at[1]); /* VER 05 is understood, 01 is sent */
    free(out);
    return 0;
}

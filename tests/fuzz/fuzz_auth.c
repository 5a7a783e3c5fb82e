/* AUTH before sealing. First byte: 0 from the client, else from the server. */
#include "tests/fuzz/check.h"

#include "protocol/eaf/answer.h"
#include "protocol/eaf/auth.h"

static void encode_auth(struct s5a_writer *w, void *context)
{
    s5a_auth_encode(w, context);
}

static void encode_answer(struct s5a_writer *w, void *context)
{
    s5a_answer_encode(w, context);
}

static void check_auth(struct s5a_span in)
{
    struct s5a_auth auth;
    enum s5a_status status = s5a_auth_decode(&auth, in);
    REQUIRE(status == S5A_OK || status == S5A_MALFORMED || status == S5A_UNSUPPORTED_METHOD);
    if (status != S5A_OK) {
        REQUIRE(auth.count == 0);
        return;
    }
    REQUIRE(auth.mid == S5A_MID_MULTI ? auth.count >= 2 : auth.count == 1);
    for (size_t i = 0; i < auth.count; i++)
        REQUIRE(s5a_auth_find(&auth, auth.factors[i].mid) == &auth.factors[i]);
    REQUIRE(auth.mid != S5A_MID_MULTI || !s5a_auth_may_be_first(&auth));
    fuzz_same(in, encode_auth, &auth);
}

static void check_answer(struct s5a_span in)
{
    struct s5a_answer answer;
    if (s5a_answer_decode(&answer, in) != S5A_OK) {
        REQUIRE(!answer.is_challenge && answer.rep != 0); /* no acceptance by accident */
        return;
    }
    fuzz_same(in, encode_answer, &answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    uint8_t *exact = malloc(size);
    REQUIRE(exact);
    memcpy(exact, data + 1, size - 1);
    if (data[0] == 0)
        check_auth((struct s5a_span){ exact, size - 1 });
    else
        check_answer((struct s5a_span){ exact, size - 1 });
    free(exact);
    return 0;
}

/* The decoders of EAF among the codec vectors. */
#include "tests/unit/vectors.h"

#include "tests/unit/vector_file.h"

#include "protocol/eaf/answer.h"
#include "protocol/eaf/auth.h"
#include "protocol/eaf/message.h"
#include "protocol/eaf/metadata.h"

/* The rest of the reader, which a good outcome has taken. */
static struct s5a_span whole(struct s5a_reader *r)
{
    struct s5a_reader at = *r;
    return s5a_read_span(&at, s5a_reader_left(&at));
}

static void take(struct s5a_reader *r, const struct vectors_outcome *out)
{
    if (out->status == S5A_OK)
        s5a_read_span(r, s5a_reader_left(r));
}

static void set_hex(json_t *object, const char *key, struct s5a_span bytes)
{
    if (bytes.len > 0)
        json_object_set_new(object, key, vectors_hex(bytes));
}

/* ---- metadata ---- */

static json_t *params_value(const struct s5a_session_params *params)
{
    json_t *value = json_object();
    vectors_set(value, "flags", params->flags);
    vectors_set(value, "idle", params->idle);
    vectors_set(value, "lifetime", params->lifetime);
    if (params->ticket.len > 0) {
        json_t *ticket = json_object();
        vectors_set(ticket, "lifetime", params->ticket_lifetime);
        set_hex(ticket, "ticket", params->ticket);
        json_object_set_new(value, "ticket", ticket);
    }
    if (params->has_tol) {
        json_t *tol = json_object();
        vectors_set(tol, "mode", params->sealed);
        vectors_set(tol, "type", params->type);
        vectors_set(tol, "dummy", params->dummy);
        json_object_set_new(value, "tol", tol);
    }
    return value;
}

static json_t *metadata_value(const struct s5a_metadata *metadata, unsigned i)
{
    json_t *value = json_object();
    if (metadata->epk.len > 0)
        vectors_set(value, "kex_flags", metadata->kex_flags);
    set_hex(value, "epk", metadata->epk);
    set_hex(value, "spk", metadata->spk);
    if (metadata->has_capabilities)
        vectors_set(value, i == 1 ? "ccaps" : "scaps", metadata->capabilities);
    set_hex(value, "ticket", metadata->ticket);
    if (metadata->refused)
        vectors_set(value, "refused", metadata->refused);
    set_hex(value, "user", metadata->user);
    set_hex(value, "proof", metadata->proof);
    if (metadata->has_params)
        json_object_set_new(value, "params", params_value(&metadata->params));
    if (metadata->has_next)
        vectors_set(value, "next", metadata->next);
    return value;
}

void vectors_metadata(const json_t *entry, struct s5a_reader *r, struct vectors_outcome *out)
{
    struct s5a_metadata decoded;
    unsigned i = (unsigned)vector_number(entry, "message");
    bool sealed = json_is_true(json_object_get(entry, "sealed"));
    out->status = s5a_metadata_decode(&decoded, whole(r), i, sealed);
    if (out->status == S5A_OK) {
        out->value = metadata_value(&decoded, i);
        if (sealed)
            s5a_metadata_encode_sealed(&out->again, &decoded);
        else
            s5a_metadata_encode_clear(&out->again, &decoded, i);
    }
    take(r, out);
}

/* ---- messages ---- */

void vectors_eaf_message(const json_t *entry, struct s5a_reader *r, struct vectors_outcome *out)
{
    struct s5a_eaf_message decoded;
    out->status = s5a_eaf_message_decode(r, (unsigned)vector_number(entry, "message"), &decoded);
    if (out->status != S5A_OK)
        return;
    out->value = json_object();
    json_object_set_new(out->value, "auth", vectors_hex(decoded.auth));
    json_object_set_new(out->value, "metadata", vectors_hex(decoded.metadata));
    json_object_set_new(out->value, "hmac", vectors_hex(decoded.hmac));
    s5a_write_span(&out->again, decoded.head);
    s5a_write_span(&out->again, decoded.auth);
    s5a_write_span(&out->again, decoded.metadata);
    s5a_write_span(&out->again, decoded.hmac);
    cr_expect_eq(decoded.whole.len, s5a_writer_len(&out->again));
}

/* ---- AUTH ---- */

static json_t *factor_value(const struct s5a_factor *factor)
{
    static const char *const names[] = {
        "anonymous", "publickey", "answer", "totp", NULL, "token"
    };
    bool ask = factor->mid == S5A_MID_RESPONSE && factor->response.len == 0;
    json_t *value = json_object();
    json_object_set_new(value, "method", json_string(ask ? "ask" : names[factor->mid]));
    set_hex(value, "key", factor->key);
    set_hex(value, "sig", factor->signature);
    set_hex(value, "response", factor->response);
    set_hex(value, "user", factor->user);
    set_hex(value, "code", factor->code);
    if (factor->mid == S5A_MID_TOKEN)
        json_object_set_new(value, "token", vectors_hex(factor->token));
    return value;
}

static json_t *auth_value(const struct s5a_auth *auth)
{
    if (auth->mid != S5A_MID_MULTI)
        return factor_value(&auth->factors[0]);
    json_t *value = json_object(), *factors = json_array();
    json_object_set_new(value, "method", json_string("multi"));
    for (size_t i = 0; i < auth->count; i++)
        json_array_append_new(factors, factor_value(&auth->factors[i]));
    json_object_set_new(value, "factors", factors);
    return value;
}

void vectors_auth(const json_t *entry, struct s5a_reader *r, struct vectors_outcome *out)
{
    struct s5a_auth decoded;
    (void)entry;
    out->status = s5a_auth_decode(&decoded, whole(r));
    if (out->status == S5A_OK) {
        out->value = auth_value(&decoded);
        s5a_auth_encode(&out->again, &decoded);
    }
    take(r, out);
}

static json_t *challenge_value(const struct s5a_challenge *challenge)
{
    json_t *value = json_object();
    json_object_set_new(value, "method", json_string("challenge"));
    vectors_set(value, "alg", 1);
    vectors_set(value, "ops", challenge->ops);
    vectors_set(value, "mem_kib", challenge->mem_kib);
    set_hex(value, "salt", (struct s5a_span){ challenge->salt, sizeof(challenge->salt) });
    set_hex(value, "nonce", (struct s5a_span){ challenge->nonce, sizeof(challenge->nonce) });
    return value;
}

static json_t *result_value(const struct s5a_answer *answer)
{
    json_t *value = json_object();
    json_object_set_new(value, "method", json_string("result"));
    vectors_set(value, "rep", answer->rep);
    if (answer->detailed)
        vectors_set(value, "code", answer->code);
    json_object_set_new(value, "message", vectors_hex(answer->message));
    return value;
}

void vectors_answer(const json_t *entry, struct s5a_reader *r, struct vectors_outcome *out)
{
    struct s5a_answer decoded;
    (void)entry;
    out->status = s5a_answer_decode(&decoded, whole(r));
    if (out->status == S5A_OK) {
        out->value =
            decoded.is_challenge ? challenge_value(&decoded.challenge) : result_value(&decoded);
        s5a_answer_encode(&out->again, &decoded);
    } else {
        cr_expect_neq(decoded.rep, 0, "no acceptance by accident");
    }
    take(r, out);
}

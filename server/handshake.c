/* The server's side of the handshake: a table of steps over the codec. */
#include "server/handshake.h"

#include <string.h>

#include "server/handshake_steps.h"

/* Terminal ones absorb. Behind a last answer there is an end record, if records have it by then. */
void s5ad_handshake_enter(struct s5ad_handshake *hs, enum s5ad_step step)
{
    if (hs->step >= S5AD_STEP_RELAY)
        return;
    hs->step = step;
    if (hs->records && step == S5AD_STEP_REFUSED)
        s5ad_records_end(hs->records, &hs->out);
}

void s5ad_handshake_end(struct s5ad_handshake *hs, enum s5ad_step step, const char *why)
{
    hs->why = why;
    s5ad_handshake_enter(hs, step);
}

/* The first that both have; the step behind it. */
static const struct {
    enum s5ad_offer offer;
    uint8_t method;
    enum s5ad_step step;
} methods[] = {
    { S5AD_OFFER_TOL, S5A_METHOD_TOL, S5AD_STEP_EAF },
    { S5AD_OFFER_CHAIN, S5A_METHOD_AMC, S5AD_STEP_EAF },
    { S5AD_OFFER_EAF, S5A_METHOD_EAF, S5AD_STEP_EAF },
    { S5AD_OFFER_PASSWORD, S5A_METHOD_PASSWORD, S5AD_STEP_USERPASS },
    { S5AD_OFFER_NONE, S5A_METHOD_NONE, S5AD_STEP_REQUEST },
};

/* Keys may be gone since the connection was accepted: a reload took them away. */
static bool may_select(const struct s5ad_handshake *hs, size_t i, struct s5a_span offered)
{
    if (!(hs->offers & methods[i].offer) || !memchr(offered.at, methods[i].method, offered.len))
        return false;
    return methods[i].step != S5AD_STEP_EAF || hs->keyring->static_count > 0;
}

static uint8_t select_method(const struct s5ad_handshake *hs, struct s5a_span offered,
                             enum s5ad_step *step)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (!may_select(hs, i, offered))
            continue;
        *step = methods[i].step;
        return methods[i].method;
    }
    *step = S5AD_STEP_REFUSED;
    return S5A_METHOD_REJECTED;
}

/* False when out of memory. `greeting` views the input. */
static bool start_method(struct s5ad_handshake *hs, uint8_t method, enum s5ad_step step,
                         struct s5a_span greeting)
{
    if (step != S5AD_STEP_EAF)
        return true;
    hs->exchange = s5ad_exchange_new(method, greeting, hs->keyring);
    return hs->exchange && (method != S5A_METHOD_TOL || s5ad_handshake_start_records(hs, greeting));
}

static enum s5a_status on_greeting(struct s5ad_handshake *hs, struct s5a_reader *r)
{
    struct s5a_span offered;
    const uint8_t *begin = r->at;
    enum s5a_status status = s5a_greeting_decode(r, &offered);
    if (status == S5A_MALFORMED)
        s5ad_handshake_end(hs, S5AD_STEP_CLOSED, "malformed greeting");
    if (status != S5A_OK)
        return status;
    enum s5ad_step step;
    uint8_t method = select_method(hs, offered, &step), storage[S5A_SELECTION_LEN];
    struct s5a_writer w;
    if (!start_method(hs, method, step, (struct s5a_span){ begin, (size_t)(r->at - begin) })) {
        s5ad_handshake_end(hs, S5AD_STEP_CLOSED, "out of memory");
        return status;
    }
    s5a_writer_init(&w, storage, sizeof storage);
    s5a_selection_encode(&w, method);
    s5ad_handshake_send(hs, &w);
    if (method == S5A_METHOD_REJECTED)
        s5ad_handshake_end(hs, S5AD_STEP_REFUSED, "no acceptable method");
    else
        s5ad_handshake_enter(hs, step);
    return status;
}

static const struct {
    enum s5ad_want want; /* while the step lasts */
    enum s5a_status (*decode)(struct s5ad_handshake *hs, struct s5a_reader *r);
} steps[] = {
    [S5AD_STEP_GREETING] = { S5AD_WANT_BYTES, on_greeting },
    [S5AD_STEP_USERPASS] = { S5AD_WANT_BYTES, s5ad_handshake_on_userpass },
    [S5AD_STEP_LOGIN] = { S5AD_WANT_LOGIN, NULL },
    [S5AD_STEP_EAF] = { S5AD_WANT_BYTES, s5ad_handshake_on_eaf },
    [S5AD_STEP_EAF_ASKS] = { S5AD_WANT_EAF, NULL },
    [S5AD_STEP_REQUEST] = { S5AD_WANT_BYTES, s5ad_handshake_on_request },
    [S5AD_STEP_COMMAND] = { S5AD_WANT_COMMAND, NULL },
    [S5AD_STEP_ASSOCIATION] = { S5AD_WANT_ASSOCIATION, NULL },
    [S5AD_STEP_RELAY] = { S5AD_WANT_RELAY, NULL },
    [S5AD_STEP_REFUSED] = { S5AD_WANT_REFUSED, NULL },
    [S5AD_STEP_CLOSED] = { S5AD_WANT_CLOSE, NULL },
};

/* Passwords pass through `in`, so what is taken from it is overwritten. */
static void consume(struct s5ad_handshake *hs, size_t len)
{
    s5a_wipe(hs->in.storage + hs->in.from, len);
    s5a_buffer_consume(&hs->in, len);
}

static enum s5a_status decode(struct s5ad_handshake *hs)
{
    struct s5a_span have = s5a_buffer_peek(&hs->in);
    struct s5a_reader r;
    s5a_reader_init(&r, have.at, have.len);
    enum s5a_status status = steps[hs->step].decode(hs, &r);
    consume(hs, have.len - s5a_reader_left(&r));
    return status;
}

/* A step is decoded with what there is before another record is opened: it may change the keys. */
enum s5ad_want s5ad_handshake_advance(struct s5ad_handshake *hs)
{
    enum s5a_status status = S5A_OK;
    while (steps[hs->step].decode && status == S5A_OK) {
        bool greeting = hs->step == S5AD_STEP_GREETING;
        status = decode(hs);
        s5ad_handshake_enlarge(hs);
        if (hs->records && greeting)
            s5ad_handshake_enter_records(hs);
        else if (hs->records && status == S5A_INCOMPLETE && !hs->held)
            status = s5ad_handshake_pull(hs);
    }
    return steps[hs->step].want;
}

void s5ad_handshake_init(struct s5ad_handshake *hs, unsigned offers,
                         const struct s5ad_keyring *keyring)
{
    memset(hs, 0, sizeof *hs);
    hs->offers = offers;
    hs->keyring = keyring;
    s5a_buffer_init(&hs->in, hs->in_storage, sizeof hs->in_storage);
    s5a_buffer_init(&hs->out, hs->out_storage, sizeof hs->out_storage);
}

void s5ad_handshake_wipe(struct s5ad_handshake *hs)
{
    s5ad_exchange_free(hs->exchange);
    s5ad_records_free(hs->records);
    s5a_wipe(hs, sizeof *hs);
}

struct s5a_span s5ad_handshake_user(const struct s5ad_handshake *hs)
{
    return (struct s5a_span){ hs->user, hs->user_len };
}

/* What the client sends: message 1, asks and credentials. */
#include "protocol/eaf/client_steps.h"

#include "protocol/greeting.h"
#include "protocol/secret.h"

/* Profile, section 2.4: what clients prefer. */
static const uint8_t preferred[] = { S5A_MID_PUBLICKEY, S5A_MID_RESPONSE, S5A_MID_MULTI,
                                     S5A_MID_TOTP,      S5A_MID_TOKEN,    S5A_MID_ANONYMOUS };

/* The order of factors. */
static const uint8_t combined[] = { S5A_MID_RESPONSE, S5A_MID_PUBLICKEY, S5A_MID_TOTP,
                                    S5A_MID_TOKEN };

static bool has(const struct s5a_eaf_client *c, uint8_t mid)
{
    return mid <= S5A_MID_TOKEN && (c->setup->credentials.methods & S5A_MID_BIT(mid));
}

/* ANONYMOUS too where nothing is configured; `has` tells. */
static uint8_t best(const struct s5a_eaf_client *c)
{
    for (size_t i = 0; i < sizeof(preferred); i++)
        if (has(c, preferred[i]))
            return preferred[i];
    return S5A_MID_ANONYMOUS;
}

/* True where the method at work is `mid`, or has it as a factor. */
static bool uses(const struct s5a_eaf_client *c, uint8_t mid)
{
    return c->mid == mid ||
           (c->mid == S5A_MID_MULTI && (c->setup->credentials.factors & S5A_MID_BIT(mid)));
}

/* ---- credentials ---- */

static void append(const struct s5a_eaf_client *c, struct s5a_auth *auth, uint8_t mid)
{
    const struct s5a_eaf_credentials *own = &c->setup->credentials;
    auth->factors[auth->count++] = (struct s5a_factor){
        .mid = mid, /* key and signature come with the signer */
        .response = { c->response, sizeof(c->response) },
        .user = own->user,
        .code = { (const uint8_t *)c->code, c->code_len },
        .token = own->token,
    };
}

static struct s5a_auth credential(const struct s5a_eaf_client *c)
{
    struct s5a_auth auth = { .mid = c->mid };
    if (c->mid != S5A_MID_MULTI)
        append(c, &auth, c->mid);
    for (size_t i = 0; c->mid == S5A_MID_MULTI && i < sizeof(combined); i++)
        if (uses(c, combined[i]))
            append(c, &auth, combined[i]);
    return auth;
}

/* ---- messages ---- */

/* What message 1 has; that of a key fetch no more than TLV 01 and 02. */
static void add_first(const struct s5a_eaf_client *c, struct s5a_eaf_draft *draft)
{
    struct s5a_metadata *metadata = &draft->metadata;
    metadata->epk = (struct s5a_span){ c->epk, sizeof(c->epk) };
    metadata->kex_flags = c->setup->server_key ? 0 : S5A_KEX_NO_STATIC;
    metadata->has_capabilities = c->setup->capabilities != 0;
    metadata->capabilities = c->setup->capabilities;
    if (!c->setup->server_key)
        return;
    metadata->ticket = c->setup->ticket;
    draft->pad = c->setup->pad;
}

/* Wishes go with the first AUTH, the name with what asks. */
static void add_context(const struct s5a_eaf_client *c, const struct s5a_auth *auth,
                        struct s5a_metadata *metadata)
{
    metadata->has_params = c->setup->wishes && !c->wished;
    if (metadata->has_params)
        metadata->params = *c->setup->wishes;
    if (s5a_auth_is_ask(auth))
        metadata->user = c->setup->credentials.user;
}

/* `auth` NULL: without one. */
static void send_message(struct s5a_eaf_client *c, const struct s5a_auth *auth,
                         enum s5a_eaf_sent sent, struct s5a_writer *w)
{
    struct s5a_eaf_draft draft = { .auth = auth, .signer = c->setup->credentials.key };
    bool first = c->channel.count == 0;
    if (first)
        add_first(c, &draft);
    if (auth)
        add_context(c, auth, &draft.metadata);
    enum s5a_status status = s5a_eaf_compose(&c->channel, &draft, w);
    if (status != S5A_OK) {
        s5a_eaf_client_fail(c, status);
        return;
    }
    c->wished = c->wished || draft.metadata.has_params;
    c->sent = sent;
    s5a_eaf_client_enter(c, first ? S5A_EAF_WANT_VERSION : S5A_EAF_WANT_MESSAGE);
}

static void send_ask(struct s5a_eaf_client *c, struct s5a_writer *w)
{
    static const struct s5a_auth ask = { .mid = S5A_MID_RESPONSE,
                                         .count = 1,
                                         .factors = { { .mid = S5A_MID_RESPONSE } } };
    if (c->setup->credentials.user.len == 0)
        s5a_eaf_client_fail(c, S5A_NO_CREDENTIALS);
    else
        send_message(c, &ask, S5A_EAF_SENT_ASK, w);
}

static void send_ticket(struct s5a_eaf_client *c, struct s5a_writer *w)
{
    static const struct s5a_auth ticket = { .mid = S5A_MID_TOKEN,
                                            .count = 1,
                                            .factors = { { .mid = S5A_MID_TOKEN } } };
    c->mid = S5A_MID_TOKEN;
    send_message(c, &ticket, S5A_EAF_SENT_CREDENTIAL, w);
}

void s5a_eaf_client_send_credential(struct s5a_eaf_client *c, struct s5a_writer *w)
{
    if (uses(c, S5A_MID_TOTP) && c->code_len == 0) {
        s5a_eaf_client_enter(c, S5A_EAF_WANT_CODE);
        return;
    }
    struct s5a_auth auth = credential(c);
    send_message(c, &auth, S5A_EAF_SENT_CREDENTIAL, w);
    c->code_len = 0; /* each code once */
    s5a_wipe(c->code, sizeof(c->code));
}

/* Only what may be replayed; all else waits for message 3. */
void s5a_eaf_client_send_first(struct s5a_eaf_client *c, struct s5a_writer *w)
{
    c->mid = best(c);
    if (!c->setup->server_key)
        send_message(c, NULL, S5A_EAF_SENT_NOTHING, w);
    else if (c->setup->ticket.len > 0)
        send_ticket(c, w);
    else if (!has(c, c->mid))
        s5a_eaf_client_fail(c, S5A_NO_CREDENTIALS);
    else if (uses(c, S5A_MID_RESPONSE))
        send_ask(c, w);
    else if (c->mid == S5A_MID_PUBLICKEY || c->mid == S5A_MID_ANONYMOUS)
        s5a_eaf_client_send_credential(c, w);
    else
        send_message(c, NULL, S5A_EAF_SENT_NOTHING, w);
}

void s5a_eaf_client_log_in(struct s5a_eaf_client *c, uint8_t mid, bool binding,
                           struct s5a_writer *w)
{
    bool wanted = mid != S5A_MID_ANONYMOUS && has(c, mid);
    c->mid = wanted || binding ? mid : best(c);
    if (!has(c, c->mid))
        s5a_eaf_client_fail(c, S5A_NO_CREDENTIALS);
    else if (uses(c, S5A_MID_RESPONSE))
        send_ask(c, w);
    else
        s5a_eaf_client_send_credential(c, w);
}

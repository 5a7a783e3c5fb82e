/* The client's side of an EAF exchange: beginning, end, and what it is told from outside. */
#include "protocol/eaf/client.h"

#include <string.h>

#include "protocol/eaf/client_steps.h"
#include "protocol/secret.h"

enum { CONFIRMED_AFTER = 2 };

void s5a_eaf_client_enter(struct s5a_eaf_client *c, enum s5a_eaf_want want)
{
    if (c->want < S5A_EAF_ACCEPTED)
        c->want = want;
}

void s5a_eaf_client_fail(struct s5a_eaf_client *c, enum s5a_status status)
{
    c->status = status;
    s5a_eaf_client_enter(c, S5A_EAF_FAILED);
}

void s5a_eaf_client_init(struct s5a_eaf_client *c, const struct s5a_eaf_client_setup *setup,
                         struct s5a_key *ephemeral)
{
    memset(c, 0, offsetof(struct s5a_eaf_client, opened.auth_text));
    c->setup = setup;
    c->ephemeral = *ephemeral;
    s5a_wipe(ephemeral, sizeof(*ephemeral));
    s5a_x25519_public(c->epk, &c->ephemeral);
    s5a_eaf_transcript_start(&c->channel.t, setup->greeting, setup->method, setup->server_key);
}

void s5a_eaf_client_wipe(struct s5a_eaf_client *c)
{
    s5a_eaf_opened_wipe(&c->opened);
    s5a_wipe(c, offsetof(struct s5a_eaf_client, opened.auth_text));
}

/* CK_1, or CK_0 for a key fetch. */
enum s5a_status s5a_eaf_client_key(struct s5a_eaf_client *c, const struct s5a_key *resumption)
{
    struct s5a_key psk;
    s5a_eaf_psk(&psk, c->setup->network_key, resumption);
    s5a_eaf_ck_start(&c->channel.ck, &psk);
    s5a_wipe(&psk, sizeof(psk));
    if (!c->setup->server_key)
        return S5A_OK;
    bool good = s5a_eaf_ck_mix(&c->channel.ck, &c->ephemeral, c->setup->server_key);
    return good ? S5A_OK : S5A_MALFORMED;
}

enum s5a_eaf_want s5a_eaf_client_start(struct s5a_eaf_client *c, struct s5a_writer *w)
{
    bool ticket = c->setup->ticket.len > 0;
    enum s5a_status status = s5a_eaf_client_key(c, ticket ? c->setup->resumption : NULL);
    s5a_write_u8(w, S5A_EAF_VERSION);
    if (status == S5A_OK)
        s5a_eaf_client_send_first(c, w);
    else
        s5a_eaf_client_fail(c, status);
    return c->want;
}

static enum s5a_status read_version(struct s5a_eaf_client *c, struct s5a_reader *r)
{
    struct s5a_reader at = *r;
    uint8_t version = s5a_read_u8(&at);
    if (at.bad)
        return S5A_INCOMPLETE;
    *r = at;
    if (version != S5A_EAF_VERSION)
        return version == S5A_EAF_VERSION_REJECTED ? S5A_BAD_VERSION : S5A_MALFORMED;
    s5a_eaf_client_enter(c, S5A_EAF_WANT_MESSAGE);
    return S5A_OK;
}

static enum s5a_status read_message(struct s5a_eaf_client *c, struct s5a_reader *r,
                                    struct s5a_writer *w)
{
    struct s5a_eaf_message message;
    enum s5a_status status = s5a_eaf_message_decode(r, c->channel.count + 1u, &message);
    return status == S5A_OK ? s5a_eaf_client_receive(c, &message, w) : status;
}

enum s5a_eaf_want s5a_eaf_client_feed(struct s5a_eaf_client *c, struct s5a_reader *r,
                                      struct s5a_writer *w)
{
    enum s5a_status status = S5A_OK;
    while (status == S5A_OK && c->want <= S5A_EAF_WANT_MESSAGE)
        status = c->want == S5A_EAF_WANT_VERSION ? read_version(c, r) : read_message(c, r, w);
    if (status != S5A_OK && status != S5A_INCOMPLETE)
        s5a_eaf_client_fail(c, status);
    return c->want;
}

enum s5a_eaf_want s5a_eaf_client_salted(struct s5a_eaf_client *c, const struct s5a_key *salted,
                                        struct s5a_writer *w)
{
    if (c->want != S5A_EAF_WANT_SALTED)
        return c->want;
    s5a_scram_respond(c->response, c->proof, salted, c->challenge.nonce, &c->channel.t);
    s5a_eaf_client_send_credential(c, w);
    return c->want;
}

enum s5a_eaf_want s5a_eaf_client_code(struct s5a_eaf_client *c, struct s5a_span code,
                                      struct s5a_writer *w)
{
    if (c->want != S5A_EAF_WANT_CODE)
        return c->want;
    if (code.len < S5A_TOTP_DIGITS_MIN || code.len > S5A_TOTP_DIGITS_MAX) {
        s5a_eaf_client_fail(c, S5A_NO_CREDENTIALS);
        return c->want;
    }
    memcpy(c->code, code.at, code.len);
    c->code_len = (uint8_t)code.len;
    s5a_eaf_client_send_credential(c, w);
    return c->want;
}

/* Not part of T_f, so the channel stays as it is. */
void s5a_eaf_client_confirm(struct s5a_eaf_client *c, struct s5a_writer *w)
{
    static const struct s5a_eaf_draft empty = { 0 };
    struct s5a_eaf_channel channel = c->channel;
    if (c->want == S5A_EAF_ACCEPTED && c->confirm && channel.count == CONFIRMED_AFTER &&
        s5a_eaf_compose(&channel, &empty, w) == S5A_OK)
        c->confirm = false;
    s5a_wipe(&channel, sizeof(channel));
}

/* A server's exchange with a client that has the keys and says what a test wants. */
#pragma once

#include <criterion/criterion.h>
#include <string.h>

#include "protocol/eaf/client.h"
#include "protocol/eaf/server.h"
#include "protocol/greeting.h"
#include "protocol/rep.h"
#include "tests/unit/span.h"

struct duel {
    struct s5a_eaf_static statics[2];
    struct s5a_key network;
    struct s5a_ed25519 key;
    struct s5a_eaf_client_setup client_setup;
    struct s5a_eaf_server_setup server_setup;
    struct s5a_eaf_client client;
    struct s5a_eaf_server server;
    struct s5a_eaf_channel forger; /* what the client's end would be */
    uint8_t out[2][8192];
    struct s5a_span to_server, to_client; /* written last */
};

static inline struct duel *duel_new(uint8_t method)
{
    static struct duel d;
    static uint8_t greeting[3] = { 5, 1 };
    static const uint8_t seed[S5A_ED25519_SEED_LEN] = { 7 };
    memset(&d, 0, sizeof(d));
    greeting[2] = method;
    for (uint8_t k = 0; k < 2; k++) {
        d.statics[k].secret = (struct s5a_key){ { 0, (uint8_t)(11 + k) } };
        s5a_x25519_public(d.statics[k].public, &d.statics[k].secret);
    }
    s5a_ed25519_from_seed(&d.key, seed);
    d.server_setup = (struct s5a_eaf_server_setup){
        .method = method, .statics = { &d.statics[0] }, .capabilities = 0x9e7f, .pad = 128
    };
    d.client_setup = (struct s5a_eaf_client_setup){
        .method = method,
        .greeting = { greeting, sizeof(greeting) },
        .server_key = d.statics[0].public,
        .capabilities = 0x9e7f,
        .credentials = { .methods = S5A_MID_BIT(S5A_MID_PUBLICKEY),
                         .key = &d.key,
                         .user = SPAN("alice"),
                         .token = SPAN("token") },
        .limits = { 8, 262144 },
        .pad = 128,
    };
    return &d;
}

static inline void duel_init(struct duel *d)
{
    struct s5a_key e_c = { { 0, 21 } }, e_s = { { 0, 22 } };
    s5a_eaf_client_init(&d->client, &d->client_setup, &e_c);
    s5a_eaf_server_init(&d->server, &d->server_setup, d->client_setup.greeting, &e_s);
}

static inline enum s5a_eaf_ask duel_feed_server(struct duel *d, struct s5a_span bytes)
{
    struct s5a_reader r;
    struct s5a_writer w;
    s5a_reader_init(&r, bytes.at, bytes.len);
    s5a_writer_init(&w, d->out[1], sizeof(d->out[1]));
    s5a_eaf_server_feed(&d->server, &r, &w);
    d->to_client = (struct s5a_span){ d->out[1], s5a_writer_len(&w) };
    return d->server.ask;
}

static inline enum s5a_eaf_want duel_feed_client(struct duel *d, struct s5a_span bytes)
{
    struct s5a_reader r;
    struct s5a_writer w;
    s5a_reader_init(&r, bytes.at, bytes.len);
    s5a_writer_init(&w, d->out[0], sizeof(d->out[0]));
    s5a_eaf_client_feed(&d->client, &r, &w);
    d->to_server = (struct s5a_span){ d->out[0], s5a_writer_len(&w) };
    return d->client.want;
}

/* Both ends before their first byte, the client's message 1 written. */
static inline void duel_start(struct duel *d)
{
    struct s5a_writer w;
    duel_init(d);
    s5a_writer_init(&w, d->out[0], sizeof(d->out[0]));
    s5a_eaf_client_start(&d->client, &w);
    d->to_server = (struct s5a_span){ d->out[0], s5a_writer_len(&w) };
    cr_assert_not(w.bad);
}

/* The forger's end before message 1, the server behind its version byte. */
static inline void duel_forge(struct duel *d)
{
    struct s5a_key psk, e_c = { { 0, 21 } };
    duel_init(d);
    d->forger = (struct s5a_eaf_channel){ .count = 0 };
    s5a_eaf_psk(&psk, d->client_setup.network_key, NULL);
    s5a_eaf_ck_start(&d->forger.ck, &psk);
    s5a_eaf_transcript_start(&d->forger.t, d->client_setup.greeting, d->client_setup.method,
                             d->client_setup.server_key);
    cr_assert(s5a_eaf_ck_mix(&d->forger.ck, &e_c, d->client_setup.server_key));
    duel_feed_server(d, SPAN("\x01"));
}

/* The next message, of the forger; 01 and 02 are added to message 1. */
static inline enum s5a_eaf_ask duel_say(struct duel *d, const struct s5a_auth *auth,
                                        struct s5a_metadata metadata)
{
    struct s5a_eaf_draft draft = { .auth = auth, .signer = &d->key, .metadata = metadata };
    struct s5a_writer w;
    if (d->forger.count == 0) {
        draft.metadata.epk = (struct s5a_span){ d->client.epk, sizeof(d->client.epk) };
        draft.metadata.has_capabilities = true;
        draft.metadata.capabilities = 0x9e7f;
    }
    s5a_writer_init(&w, d->out[0], sizeof(d->out[0]));
    cr_assert_eq(s5a_eaf_compose(&d->forger, &draft, &w), S5A_OK);
    return duel_feed_server(d, (struct s5a_span){ d->out[0], s5a_writer_len(&w) });
}

/* After an answer of the server the forger's end is as the server's. */
static inline void duel_follow(struct duel *d)
{
    d->forger = d->server.channel;
}

static inline void duel_writer(struct duel *d, struct s5a_writer *w)
{
    s5a_writer_init(w, d->out[1], sizeof(d->out[1]));
}

static inline enum s5a_eaf_ask duel_accept(struct duel *d, uint8_t next)
{
    struct s5a_eaf_grant grant = { .next = next };
    struct s5a_writer w;
    duel_writer(d, &w);
    s5a_eaf_server_accept(&d->server, &grant, &w);
    d->to_client = (struct s5a_span){ d->out[1], s5a_writer_len(&w) };
    duel_follow(d);
    return d->server.ask;
}

static inline void duel_choose(struct duel *d, uint8_t next)
{
    struct s5a_writer w;
    duel_writer(d, &w);
    cr_assert_eq(s5a_eaf_server_choose(&d->server, next, &w), S5A_EAF_ASK_MESSAGE);
    duel_follow(d);
}

static inline void duel_challenge(struct duel *d)
{
    static const struct s5a_challenge challenge = { .ops = 2, .mem_kib = 19456 };
    struct s5a_writer w;
    duel_writer(d, &w);
    cr_assert_eq(s5a_eaf_server_challenge(&d->server, &challenge, &w), S5A_EAF_ASK_MESSAGE);
    duel_follow(d);
}

/* Credentials in their form; only the first is right. */
static const struct s5a_auth duel_key = { S5A_MID_PUBLICKEY, 1, { { .mid = S5A_MID_PUBLICKEY } } };
static const struct s5a_auth duel_ask = { S5A_MID_RESPONSE, 1, { { .mid = S5A_MID_RESPONSE } } };
static const struct s5a_auth duel_ticket = { S5A_MID_TOKEN, 1, { { .mid = S5A_MID_TOKEN } } };

static inline struct s5a_auth duel_answer(void)
{
    static const uint8_t response[S5A_RESPONSE_LEN];
    struct s5a_auth auth = duel_ask;
    auth.factors[0].response = (struct s5a_span){ response, sizeof(response) };
    return auth;
}

static inline struct s5a_auth duel_token(void)
{
    struct s5a_auth auth = duel_ticket;
    auth.factors[0].token = SPAN("token");
    return auth;
}

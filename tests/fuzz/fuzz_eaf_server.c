/* A server's EAF exchange with a client that has the keys (forger.h). First byte: bits 0–1 the method
 * (80, 81, 82), bit 2 a key fetch, bit 3 the ticket is taken, bits 4–6 what answers a LOGIN; second:
 * where input is cut. */
#include "tests/fuzz/forger.h"

#include "protocol/eaf/server.h"
#include "protocol/rep.h"

static struct s5a_eaf_server server;
static struct s5a_eaf_static statics;
static struct s5a_eaf_server_setup setup = { .capabilities = 0x9e7f, .pad = 128 };

static const uint8_t greeting[] = { 5, 1, 0x80 };

/* The forger's keys for message 1: as a client would have them. */
static void start_channel(struct s5a_eaf_channel *channel, bool fetch, bool ticket)
{
    struct s5a_key psk;
    *channel = (struct s5a_eaf_channel){ .count = 0 };
    s5a_eaf_psk(&psk, NULL, ticket && !fetch ? &forger_r : NULL);
    s5a_eaf_ck_start(&channel->ck, &psk);
    s5a_eaf_transcript_start(&channel->t, (struct s5a_span){ greeting, sizeof(greeting) },
                             setup.method, fetch ? NULL : statics.public);
    if (!fetch)
        REQUIRE(s5a_eaf_ck_mix(&channel->ck, &forger_e_c, statics.public));
}

/* Of message 2 on. */
static void finish_channel(struct s5a_eaf_channel *channel)
{
    if (server.ticket.len > 0 && !server.ticket_taken) {
        struct s5a_digest t = channel->t;
        uint8_t count = channel->count;
        start_channel(channel, false, false);
        channel->t = t;
        channel->count = count;
    }
    REQUIRE(s5a_eaf_ck_mix(&channel->ck, &forger_e_c, server.epk));
}

static void decide(unsigned choice, struct s5a_writer *w)
{
    static const struct s5a_challenge challenge = { .ops = 2, .mem_kib = 19456 };
    static const struct s5a_eaf_refusal refusal = { .rep = S5A_REP_RATE_LIMITED,
                                                    .code = S5A_CODE_RETRY_AFTER };
    struct s5a_eaf_grant grant = { .next = (uint8_t)(choice > 1 ? choice - 2 : 0) };
    const struct s5a_factor *signature = s5a_auth_find(&server.login.auth, S5A_MID_PUBLICKEY);
    struct s5a_key resumption;
    REQUIRE(server.login.auth.count <= S5A_FACTORS_MAX);
    REQUIRE(!signature || !s5a_publickey_verify(signature, &server.login.context));
    s5a_eaf_server_resumption(&server, &resumption);
    if (choice == 1)
        s5a_eaf_server_refuse(&server, &refusal, w);
    s5a_eaf_server_choose(&server, (uint8_t)(choice % 6), w);
    s5a_eaf_server_challenge(&server, &challenge, w);
    s5a_eaf_server_accept(&server, &grant, w);
    if (server.ask == S5A_EAF_ASK_LOGIN)
        s5a_eaf_server_refuse(&server, &refusal, w);
    REQUIRE(server.ask != S5A_EAF_ASK_LOGIN && !w->bad);
}

/* Feeds all of it; says whether the server has answered the message. */
static void feed(struct s5a_span in, size_t cut, unsigned flags, struct s5a_writer *w)
{
    struct s5a_reader r;
    size_t first = cut < in.len ? cut : in.len;
    s5a_reader_init(&r, in.at, first);
    s5a_eaf_server_feed(&server, &r, w);
    size_t taken = first - s5a_reader_left(&r);
    s5a_reader_init(&r, in.at + taken, in.len - taken);
    if (s5a_eaf_server_feed(&server, &r, w) == S5A_EAF_ASK_TICKET) {
        s5a_eaf_server_ticket(&server, flags & 8 ? &forger_r : NULL, S5A_TICKET_UNKNOWN);
        s5a_eaf_server_feed(&server, &r, w);
        REQUIRE(server.ask != S5A_EAF_ASK_TICKET);
    }
}

static void run(struct s5a_reader *input, unsigned flags, size_t cut)
{
    static uint8_t in[FORGED_CAP + 1], out[FORGED_CAP];
    uint8_t kex[34];
    bool fetch = flags & 4;
    struct s5a_eaf_channel channel;
    struct s5a_writer w, answer;
    start_channel(&channel, fetch, flags & 8);
    for (unsigned n = 0; server.ask < S5A_EAF_ASK_DONE; n++) {
        struct s5a_span exchange = { 0 };
        s5a_writer_init(&w, in, sizeof(in));
        s5a_writer_init(&answer, out, sizeof(out));
        if (n == 0) {
            s5a_write_u8(&w, S5A_EAF_VERSION);
            exchange = forger_kex(kex, &forger_e_c, fetch);
        }
        if (!forger_message(&w, input, &channel, exchange))
            return;
        feed((struct s5a_span){ in, s5a_writer_len(&w) }, cut, flags, &answer);
        if (server.ask == S5A_EAF_ASK_LOGIN)
            decide(flags >> 4 & 7, &answer);
        if (server.ask == S5A_EAF_ASK_CLOSED)
            REQUIRE(s5a_writer_len(&answer) <= 1); /* the version at most */
        if (n == 0 && server.channel.count == 2 && !fetch)
            finish_channel(&channel);
        channel.t = server.channel.t;
        channel.count = server.channel.count;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct s5a_reader input;
    struct s5a_key ephemeral = forger_e_s;
    if (size < 2)
        return 0;
    statics.secret = forger_s;
    s5a_x25519_public(statics.public, &statics.secret);
    setup.method = (uint8_t)(0x80 + (data[0] & 3) % 3);
    setup.statics[0] = &statics;
    s5a_eaf_server_init(&server, &setup, (struct s5a_span){ greeting, sizeof(greeting) },
                        &ephemeral);
    s5a_reader_init(&input, data + 2, size - 2);
    run(&input, data[0], data[1]);
    REQUIRE(server.ask != S5A_EAF_ASK_DONE || server.rep == 0);
    REQUIRE(server.steps <= 5 && server.channel.count <= S5A_EAF_MESSAGES_MAX);
    s5a_eaf_server_wipe(&server);
    return 0;
}

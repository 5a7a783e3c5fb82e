/* A whole handshake of socks5ad by EAF, with a client that has the server's key (forger.h) and says
 * what the input wants. First byte: bit 0 method 82, bit 1 a key fetch, bit 2 a ticket that is good,
 * bit 3 method 81; second: where a message is cut. What follows the log-in is read as a request; under 81
 * as records of the session: `HOW u8 | PAYLOAD vec16`, HOW bit 7: not a record, as it stands. */
#include "tests/fuzz/forger.h"

#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#include "protocol/rep.h"
#include "protocol/tol/inlet.h"
#include "server/handshake.h"
#include "tests/unit/handshake_feed.h"

enum { NOW = 1800000000, OUT_CAP = FORGED_CAP + 64 };

static struct s5ad_realm realm;
static struct s5ad_handshake hs;
static uint8_t greeting[] = { 5, 1, 0x80 };
static uint8_t ticket[S5AD_TICKET_CAP];
static size_t ticket_len;
static bool has_ticket; /* stands in the place of what the input calls one */

/* alice with a token "token", a code of "12345678901234567890" and nothing that cannot be made here;
 * bob with a password and a key. */
static const char users[] =
    "[user alice]\ntoken = PEaenWxYddN6Q/NT1PiOYfz4EsZu7jRXRlpAsNpBU+A=\n"
    "totp = GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\nrequire = token, totp, password+totp\n"
    "scram = 2:19456:AAECAwQFBgcICQoLDA0ODw==:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=:"
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    "[user bob]\ntoken = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    "public_key = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nrequire = chain token, publickey\n";

static uint64_t read_clock(void)
{
    return NOW;
}

static void make_ticket(void)
{
    struct s5ad_ticket good = { .resumption = forger_r, .first = NOW, .expires = NOW + 100 };
    const struct s5ad_user *alice = s5ad_users_find(realm.users, S5A_SPAN("alice"));
    memcpy(good.name, "alice", good.name_len = 5);
    good.entry = alice->digest;
    ticket_len = s5ad_ticket_seal(ticket, &good, &realm.keyring.tickets);
}

static void set_up(void)
{
    char path[] = "/tmp/fuzz-server-login-XXXXXX";
    struct s5ad_problem problem;
    int fd = mkstemp(path);
    REQUIRE(sodium_init() >= 0 && fd >= 0);
    REQUIRE(write(fd, users, sizeof users - 1) == sizeof users - 1);
    close(fd);
    realm.users = s5ad_users_load(path, &problem);
    unlink(path);
    REQUIRE(realm.users);
    realm.keyring.statics[0].secret = forger_s;
    s5a_x25519_public(realm.keyring.statics[0].public, &realm.keyring.statics[0].secret);
    realm.keyring.static_count = 1;
    realm.keyring.tickets.count = 1;
    realm.ticket_lifetime = 1000;
    realm.clock = read_clock;
    s5ad_tol_config_init(&realm.tol);
    realm.tol.least.sealed = false;
    make_ticket();
}

/* The forger's keys for message 1. */
static void start_channel(struct s5a_eaf_channel *channel, bool fetch, bool resumed)
{
    const uint8_t *server = realm.keyring.statics[0].public;
    struct s5a_key psk;
    *channel = (struct s5a_eaf_channel){ .count = 0 };
    s5a_eaf_psk(&psk, NULL, resumed ? &forger_r : NULL);
    s5a_eaf_ck_start(&channel->ck, &psk);
    s5a_eaf_transcript_start(&channel->t, (struct s5a_span){ greeting, sizeof greeting },
                             greeting[2], fetch ? NULL : server);
    if (!fetch)
        REQUIRE(s5a_eaf_ck_mix(&channel->ck, &forger_e_c, server));
}

/* What the admission does, without its time. */
static void answer(void)
{
    struct s5ad_exchange *e = hs.exchange;
    struct s5ad_judgement judgement;
    uint8_t storage[S5AD_EXCHANGE_OUT_CAP];
    struct s5a_writer w;
    s5a_writer_init(&w, storage, sizeof storage);
    if (e->x.ask == S5A_EAF_ASK_TICKET) {
        if (has_ticket)
            e->x.ticket = (struct s5a_span){ ticket, ticket_len };
        s5ad_exchange_ticket(e, &realm, NOW);
    } else if (e->x.login.auth.count == 0) {
        s5a_eaf_server_choose(&e->x, 0, &w);
    } else if (s5a_auth_is_ask(&e->x.login.auth)) {
        s5ad_exchange_challenge(e, &realm, &w);
    } else {
        s5ad_judge(&judgement, &e->progress, &realm, &e->x, NOW);
        s5ad_exchange_result(e, &realm, &judgement, NOW, &w);
    }
    REQUIRE(!w.bad && (e->x.ask != S5A_EAF_ASK_LOGIN));
    s5ad_handshake_answered(&hs, &w);
}

static void feed(struct s5a_span bytes)
{
    while (bytes.len > 0) {
        size_t taken = handshake_feed(&hs, bytes);
        bytes = (struct s5a_span){ bytes.at + taken, bytes.len - taken };
        while (s5ad_handshake_advance(&hs) == S5AD_WANT_EAF)
            answer();
        s5a_buffer_consume(&hs.out, s5a_buffer_peek(&hs.out).len);
        if (taken == 0)
            return;
    }
}

/* Under 81: one record, as the client would seal it now, with the key that the server has for it. */
static bool feed_record(uint8_t type, size_t rand_len, struct s5a_span payload)
{
    static uint8_t record[S5A_TOL_RECORD_MAX];
    struct s5a_tol_direction client = hs.records->link.in;
    bool has_delay = type == S5A_TOL_JITTER || type == S5A_TOL_FULL;
    if (has_delay)
        rand_len = S5A_TOL_DELAY_LEN;
    memset(record + 4, 1, rand_len);
    if (has_delay)
        s5a_tol_delay_encode(record + 4, &(struct s5a_tol_delay){ 1, 20, S5A_TOL_NORMAL });
    if (payload.len > 0)
        memcpy(record + S5A_TOL_HEAD_MIN + rand_len, payload.at, payload.len);
    size_t len = s5a_tol_seal(&client, record, type, rand_len, payload.len);
    feed((struct s5a_span){ record, len });
    return len > 0;
}

/* A message, or a part of it, on the wire. */
static void feed_message(struct s5a_span bytes)
{
    struct s5a_reader r;
    if (!hs.records) {
        feed(bytes);
        return;
    }
    s5a_reader_init(&r, bytes.at, bytes.len);
    while (s5a_reader_left(&r) > 0 && hs.step == S5AD_STEP_EAF) {
        size_t left = s5a_reader_left(&r);
        size_t len = left < S5A_TOL_PAYLOAD_MAX ? left : S5A_TOL_PAYLOAD_MAX;
        if (!feed_record(S5A_TOL_PADDING, len % 7, s5a_read_span(&r, len)))
            return;
    }
}

/* Requests in records, answered at once, until there is a relay or an end. */
static void feed_session(struct s5a_reader *input)
{
    while (s5a_reader_left(input) > 0 && hs.step == S5AD_STEP_REQUEST) {
        uint8_t how = s5a_read_u8(input);
        struct s5a_span payload = s5a_read_vec16(input);
        if (payload.len > S5A_TOL_PAYLOAD_MAX)
            payload.len = S5A_TOL_PAYLOAD_MAX;
        if (how & 0x80)
            feed(payload);
        else if (!feed_record(how % 5, how % 5 == 0 ? 0 : how / 5, payload))
            return;
        if (hs.step == S5AD_STEP_COMMAND) {
            struct s5a_address bound = s5a_address_ipv4((const uint8_t[4]){ 1, 2, 3, 4 });
            s5ad_handshake_reply(&hs, how & 1 ? S5A_REP_CONN_REFUSED : S5A_REP_SUCCEEDED, &bound, 5,
                                 "test");
            feed((struct s5a_span){ NULL, 0 });
        }
    }
}

/* What a session has left fits the relay that takes it over. */
static void check_relay(void)
{
    static uint8_t buffer[S5A_TOL_IN_CAP];
    struct s5a_tol_inlet inlet;
    s5a_tol_inlet_init(&inlet, &hs.records->link);
    s5a_tol_inlet_lend(&inlet, buffer);
    REQUIRE(
        s5a_tol_inlet_prime(&inlet, s5a_buffer_peek(&hs.in), s5a_buffer_peek(&hs.records->raw)));
    REQUIRE(hs.records->link.in_switched && hs.records->link.out_switched);
}

/* One message of the input; false where there is none, or nobody to hear it. */
static bool say(struct s5a_reader *input, struct s5a_eaf_channel *channel, unsigned flags,
                size_t cut)
{
    static uint8_t out[OUT_CAP];
    uint8_t clear[34];
    struct s5a_span first = { 0 };
    struct s5a_writer w;
    s5a_writer_init(&w, out, sizeof out);
    if (channel->count == 0) {
        s5a_write_u8(&w, S5A_EAF_VERSION);
        first = forger_kex(clear, &forger_e_c, flags >> 1 & 1);
    }
    if (!forger_message(&w, input, channel, first))
        return false;
    size_t len = s5a_writer_len(&w), at = cut < len ? cut : len;
    feed_message((struct s5a_span){ out, at });
    feed_message((struct s5a_span){ out + at, len - at });
    return hs.step == S5AD_STEP_EAF;
}

static void run(struct s5a_reader *input, unsigned flags, size_t cut)
{
    struct s5a_eaf_channel channel;
    struct s5a_key ephemeral = forger_e_s;
    feed((struct s5a_span){ greeting, sizeof greeting });
    s5a_eaf_server_init(&hs.exchange->x, &hs.exchange->setup,
                        (struct s5a_span){ greeting, sizeof greeting }, &ephemeral);
    start_channel(&channel, flags & 2, has_ticket);
    while (say(input, &channel, flags, cut))
        channel = hs.exchange->x.channel;
    if (hs.step == S5AD_STEP_REQUEST && !hs.records)
        feed((struct s5a_span){ input->at, s5a_reader_left(input) });
    if (hs.step == S5AD_STEP_REQUEST && hs.records)
        feed_session(input);
    if (hs.step == S5AD_STEP_RELAY && hs.records)
        check_relay();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct s5a_reader input;
    if (!realm.users)
        set_up();
    if (size < 2)
        return 0;
    greeting[2] = data[0] & 8 ? 0x81 : data[0] & 1 ? 0x82 : 0x80;
    has_ticket = data[0] & 4 && !(data[0] & 2);
    s5ad_users_find(realm.users, S5A_SPAN("alice"))->totp_last = 0;
    s5ad_handshake_init(&hs, S5AD_OFFER_EAF | S5AD_OFFER_CHAIN | S5AD_OFFER_TOL, &realm.keyring);
    s5a_reader_init(&input, data + 2, size - 2);
    run(&input, data[0], data[1]);
    if (hs.step == S5AD_STEP_REQUEST || hs.step == S5AD_STEP_COMMAND)
        REQUIRE(hs.exchange->progress.name_len > 0 && hs.exchange->idle > 0);
    s5ad_handshake_wipe(&hs);
    return 0;
}

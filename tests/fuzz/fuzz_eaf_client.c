/* A client's EAF exchange with a server that has the keys (forger.h). First byte: bits 0–1 the method
 * (80, 81, 82), bit 2 a key fetch, bit 3 a ticket; second: methods that the client has; third: where
 * input is cut. */
#include "tests/fuzz/forger.h"

#include "protocol/eaf/client.h"

static struct s5a_eaf_client client;
static struct s5a_ed25519 key;
static uint8_t server_key[S5A_X25519_LEN];
static const uint8_t greeting[] = { 5, 1, 0x80 };
static const struct s5a_session_params wishes = { .flags = 14, .has_tol = true, .sealed = true };
static struct s5a_eaf_client_setup setup;

static void set_up(const uint8_t *data)
{
    bool fetch = data[0] & 4, ticket = data[0] & 8;
    struct s5a_eaf_credentials own = { .methods = data[1] & 0x3f,
                                       .factors = S5A_MID_BIT(1 + data[1] % 3) | S5A_MID_BIT(5),
                                       .key = &key,
                                       .user = S5A_SPAN("alice"),
                                       .token = S5A_SPAN("token") };
    setup = (struct s5a_eaf_client_setup){ .method = (uint8_t)(0x80 + (data[0] & 3) % 3),
                                           .greeting = { greeting, sizeof(greeting) },
                                           .server_key = fetch ? NULL : server_key,
                                           .capabilities = 0x9e7f,
                                           .wishes = &wishes,
                                           .credentials = own,
                                           .limits = { 8, 262144 },
                                           .pad = 128 };
    if (ticket && !fetch) {
        setup.ticket = S5A_SPAN("a ticket");
        setup.resumption = &forger_r;
    }
}

/* The server's keys of message 2 on; a refused ticket is what a server says that knows no R. */
static void finish_channel(struct s5a_eaf_channel *channel, bool refused)
{
    struct s5a_key psk;
    s5a_eaf_psk(&psk, NULL, setup.ticket.len > 0 && !refused ? &forger_r : NULL);
    s5a_eaf_ck_start(&channel->ck, &psk);
    if (!setup.server_key)
        return;
    REQUIRE(s5a_eaf_ck_mix(&channel->ck, &forger_s, client.epk));
    REQUIRE(s5a_eaf_ck_mix(&channel->ck, &forger_e_s, client.epk));
}

static void answer_wants(struct s5a_writer *w)
{
    static const struct s5a_key salted = { { 9 } };
    if (client.want == S5A_EAF_WANT_SALTED) {
        REQUIRE(client.challenge.ops <= 8 && client.challenge.mem_kib <= 262144);
        s5a_eaf_client_salted(&client, &salted, w);
    }
    if (client.want == S5A_EAF_WANT_CODE)
        s5a_eaf_client_code(&client, S5A_SPAN("123456"), w);
    REQUIRE(client.want != S5A_EAF_WANT_SALTED && client.want != S5A_EAF_WANT_CODE);
}

static void feed(struct s5a_span in, size_t cut, struct s5a_writer *w)
{
    struct s5a_reader r;
    size_t first = cut < in.len ? cut : in.len;
    s5a_reader_init(&r, in.at, first);
    s5a_eaf_client_feed(&client, &r, w);
    size_t taken = first - s5a_reader_left(&r);
    s5a_reader_init(&r, in.at + taken, in.len - taken);
    s5a_eaf_client_feed(&client, &r, w);
    answer_wants(w);
}

/* True where the next message's CLEAR holds a refusal of the ticket. */
static bool refuses_ticket(const struct s5a_reader *input)
{
    struct s5a_reader at = *input;
    struct s5a_tlv_walk walk;
    struct s5a_tlv tlv;
    s5a_read_u8(&at);
    s5a_read_vec16(&at);
    s5a_read_vec16(&at);
    s5a_tlv_walk_init(&walk, s5a_read_vec16(&at));
    while (s5a_tlv_next(&walk, &tlv) == S5A_OK)
        if (tlv.type == 0x04 && tlv.value.len == 2 && tlv.value.at[0] == 0x04)
            return true;
    return false;
}

static void run(struct s5a_reader *input, size_t cut)
{
    static uint8_t in[FORGED_CAP + 1], out[FORGED_CAP];
    uint8_t kex[34];
    struct s5a_eaf_channel channel = client.channel;
    struct s5a_writer w, answer;
    finish_channel(&channel, refuses_ticket(input));
    for (unsigned n = 0; client.want < S5A_EAF_ACCEPTED; n++) {
        struct s5a_span exchange = { 0 };
        s5a_writer_init(&w, in, sizeof(in));
        s5a_writer_init(&answer, out, sizeof(out));
        if (n == 0) {
            s5a_write_u8(&w, S5A_EAF_VERSION);
            exchange = forger_kex(kex, &forger_e_s, 0);
        }
        if (!forger_message(&w, input, &channel, exchange))
            return;
        feed((struct s5a_span){ in, s5a_writer_len(&w) }, cut, &answer);
        REQUIRE(!answer.bad);
        if (client.want == S5A_EAF_FAILED)
            REQUIRE(client.status != S5A_OK && client.status != S5A_INCOMPLETE);
        channel.t = client.channel.t;
        channel.count = client.channel.count;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t out[FORGED_CAP];
    static const uint8_t seed[S5A_ED25519_SEED_LEN] = { 5 };
    struct s5a_key ephemeral = forger_e_c;
    struct s5a_reader input;
    struct s5a_writer w;
    if (size < 3)
        return 0;
    s5a_ed25519_from_seed(&key, seed);
    s5a_x25519_public(server_key, &forger_s);
    set_up(data);
    s5a_eaf_client_init(&client, &setup, &ephemeral);
    s5a_writer_init(&w, out, sizeof(out));
    s5a_eaf_client_start(&client, &w);
    REQUIRE(!w.bad);
    s5a_reader_init(&input, data + 3, size - 3);
    run(&input, data[2]);
    s5a_writer_init(&w, out, sizeof(out));
    s5a_eaf_client_confirm(&client, &w);
    REQUIRE(s5a_writer_len(&w) == 0 ||
            (client.want == S5A_EAF_ACCEPTED && client.channel.count == 2));
    /* nobody who lacks the password can show the proof */
    REQUIRE(client.want != S5A_EAF_ACCEPTED || client.mid != S5A_MID_RESPONSE);
    REQUIRE(client.want != S5A_EAF_FETCHED || !setup.server_key);
    s5a_eaf_client_wipe(&client);
    return 0;
}

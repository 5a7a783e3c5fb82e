/* Whole exchanges of eaf.json and the sessions, by both roles. */
#include "tests/unit/eaf_lab.h"

#include "protocol/rep.h"

static const char *const sessions[] = {
    "session-80-anonymous-errors",  "session-80-password-commands",
    "session-80-publickey-connect", "session-80-totp-refused-target",
    "session-80-wrong-password",    "session-82-chain",
    "session-81-multifactor-udp",   "session-81-plain-password",
    "session-81-sealed-publickey",  "session-81-ticket-pool",
    "session-81-ticket-refused",
};

static uint32_t capabilities_of(const json_t *outcome)
{
    return (uint32_t)strtoul(vector_text(outcome, "capabilities of both"), NULL, 16);
}

static void expect_outcome(const struct eaf_lab *lab)
{
    const char *name = vector_text(lab->entry, "name");
    const json_t *outcome = json_object_get(lab->entry, "outcome");
    uint8_t rep = (uint8_t)vector_number(outcome, "rep");
    bool accepted = rep == S5A_REP_SUCCEEDED, has_client = eaf_lab_has_client(lab);
    cr_expect_eq(lab->server.ask, accepted ? S5A_EAF_ASK_DONE : S5A_EAF_ASK_REFUSED, "%s: %d", name,
                 lab->server.ask);
    cr_expect_eq(lab->server.rep, rep);
    if (has_client)
        cr_expect_eq(lab->client.want, accepted ? S5A_EAF_ACCEPTED : S5A_EAF_REFUSED, "%s: %d, %s",
                     name, lab->client.want, s5a_status_text(lab->client.status));
    if (!accepted && has_client) {
        cr_expect_eq(lab->client.answer.rep, rep, "%s", name);
        cr_expect_eq(lab->client.answer.detailed, json_object_get(outcome, "code") != NULL);
        cr_expect_eq(lab->client.answer.code, vector_number(outcome, "code"));
    }
    if (!accepted)
        return;
    cr_expect_eq(lab->server.capabilities, capabilities_of(outcome), "%s", name);
    cr_expect_eq(lab->client.capabilities, capabilities_of(outcome), "%s", name);
    cr_expect_arr_eq(&lab->client.channel, &lab->server.channel, sizeof(lab->client.channel));
    cr_expect_eq(lab->client.channel.count,
                 vector_number(json_object_get(lab->entry, "keys"), "f"));
}

static void check(const json_t *entry)
{
    struct eaf_lab *lab = eaf_lab_new(entry);
    eaf_lab_run(lab, 0);
    expect_outcome(lab);
    eaf_lab_free(lab);
}

Test(eaf_exchange, every_exchange_of_the_vectors_is_reproduced)
{
    json_t *file = vector_file("eaf"), *entry;
    size_t i;
    json_array_foreach(file, i, entry) check(entry);
    cr_expect_gt(i, 0);
    json_decref(file);
}

Test(eaf_exchange, every_session_of_the_vectors_is_reproduced)
{
    for (size_t i = 0; i < sizeof(sessions) / sizeof(sessions[0]); i++) {
        json_t *session = vector_file(sessions[i]);
        check(session);
        json_decref(session);
    }
}

Test(eaf_exchange, key_fetch_of_the_vectors_is_reproduced)
{
    json_t *session = vector_file("session-81-keyfetch");
    struct eaf_lab *lab = eaf_lab_new(session);
    eaf_lab_run(lab, 0);
    cr_expect_eq(lab->server.ask, S5A_EAF_ASK_REFUSED);
    cr_expect_eq(lab->client.want, S5A_EAF_FETCHED, "%s", s5a_status_text(lab->client.status));
    cr_expect_arr_eq(lab->client.fetched, lab->statics.public, S5A_X25519_LEN);
    eaf_lab_free(lab);
    json_decref(session);
}

/* ---- pieces ---- */

static const json_t *find(const json_t *file, const char *name)
{
    const json_t *entry;
    size_t i;
    json_array_foreach(file, i,
                       entry) if (strcmp(vector_text(entry, "name"), name) == 0) return entry;
    cr_assert_fail("no %s", name);
    return NULL;
}

static void check_every_cut(const json_t *entry)
{
    struct eaf_lab *lab = eaf_lab_new(entry);
    size_t longest = 0;
    for (unsigned i = 1; i <= lab->count; i++)
        longest = lab->message[i].len > longest ? lab->message[i].len : longest;
    for (size_t cut = 1; cut <= longest; cut++) {
        eaf_lab_run(lab, cut);
        expect_outcome(lab);
    }
    eaf_lab_free(lab);
}

Test(eaf_exchange, message_in_two_pieces_is_as_one)
{
    static const char *const names[] = { "public key", "TOTP", "chain 01, 03" };
    json_t *file = vector_file("eaf"), *session = vector_file("session-81-ticket-pool");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        check_every_cut(find(file, names[i]));
    check_every_cut(session);
    json_decref(file);
    json_decref(session);
}

/* ---- tampering ---- */

/* Nothing is taken from a message that was changed: not a byte of answer, not a step. */
static void server_refuses(struct eaf_lab *lab, unsigned i, struct s5a_span wire, size_t at)
{
    static struct s5a_eaf_server copy;
    uint8_t storage[EAF_LAB_CAP];
    struct s5a_reader r;
    struct s5a_writer w;
    copy = lab->server;
    s5a_writer_init(&w, storage, sizeof(storage));
    s5a_reader_init(&r, wire.at, wire.len);
    enum s5a_eaf_ask ask = s5a_eaf_server_feed(&copy, &r, &w);
    if (ask == S5A_EAF_ASK_TICKET) {
        s5a_eaf_server_ticket(&copy, &lab->resumption, S5A_TICKET_TAKEN);
        ask = s5a_eaf_server_feed(&copy, &r, &w);
    }
    bool waits = ask == lab->server.ask || ask == S5A_EAF_ASK_MESSAGE;
    cr_expect(ask == S5A_EAF_ASK_CLOSED || waits || (i == 1 && at == 0),
              "%s: message %u changed at %zu: %d", vector_text(lab->entry, "name"), i, at, ask);
    cr_expect_leq(s5a_writer_len(&w), i == 1, "answered");
}

static void client_refuses(struct eaf_lab *lab, unsigned i, struct s5a_span wire, size_t at)
{
    static struct s5a_eaf_client copy;
    uint8_t storage[EAF_LAB_CAP];
    struct s5a_reader r;
    struct s5a_writer w;
    copy = lab->client;
    s5a_writer_init(&w, storage, sizeof(storage));
    if (i == 2 && lab->client_setup.method != 0x81)
        copy.want = S5A_EAF_WANT_MESSAGE;
    s5a_reader_init(&r, wire.at, wire.len);
    enum s5a_eaf_want want = s5a_eaf_client_feed(&copy, &r, &w);
    cr_expect(want == S5A_EAF_FAILED || want <= S5A_EAF_WANT_MESSAGE,
              "%s: message %u changed at %zu: %d", vector_text(lab->entry, "name"), i, at, want);
    cr_expect_eq(s5a_writer_len(&w), 0, "answered");
}

static void tamper(struct eaf_lab *lab, unsigned i)
{
    uint8_t bytes[EAF_LAB_CAP];
    struct s5a_span wire = eaf_lab_wire(lab, i, bytes);
    for (size_t at = 0; at < wire.len; at++) {
        bytes[at] ^= (uint8_t)(1u << at % 8);
        if (i % 2 == 1)
            server_refuses(lab, i, wire, at);
        else
            client_refuses(lab, i, wire, at);
        bytes[at] ^= (uint8_t)(1u << at % 8);
    }
}

static void tamper_all(const json_t *entry)
{
    struct eaf_lab *lab = eaf_lab_new(entry);
    eaf_lab_restart(lab);
    eaf_lab_client_sends(lab, 1);
    for (unsigned i = 1; i <= lab->count; i++) {
        if (i % 2 == 1 && i > 1 && lab->client.want == S5A_EAF_ACCEPTED)
            eaf_lab_client_sends(lab, i);
        tamper(lab, i);
        if (i % 2 == 1)
            eaf_lab_server_takes(lab, i, 0);
        else
            eaf_lab_client_takes(lab, i, 0);
    }
    eaf_lab_free(lab);
}

Test(eaf_exchange, any_byte_changed_is_refused)
{
    static const char *const names[] = { "anonymous",
                                         "public key",
                                         "challenge-response",
                                         "TOTP",
                                         "token",
                                         "multi-factor 02 and 01",
                                         "chain 01, 03",
                                         "chain 02, 01 under 81" };
    json_t *file = vector_file("eaf"), *session = vector_file("session-81-ticket-pool");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        tamper_all(find(file, names[i]));
    tamper_all(session);
    json_decref(file);
    json_decref(session);
}

Test(eaf_exchange, any_byte_of_a_key_fetch_changed_is_refused)
{
    json_t *session = vector_file("session-81-keyfetch");
    tamper_all(session);
    json_decref(session);
}

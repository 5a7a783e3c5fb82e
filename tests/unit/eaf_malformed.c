/* handshake-malformed.json: single messages 1 for a server and messages 2 for a client. */
#include "tests/unit/eaf_lab.h"

#include "protocol/rep.h"
#include "tests/unit/span.h"

static bool is(const char *expected, const char *got)
{
    return expected && strcmp(expected, got) == 0;
}

static void expect_one_of(const json_t *entry, const char *got, const char *why)
{
    cr_expect(is(vector_text(entry, "expect"), got) || is(vector_text(entry, "or"), got),
              "%s: %s (%s)", vector_text(entry, "name"), got, why ? why : "");
}

/* Keys and users; every message is fed to a fresh one. */
static struct eaf_lab *lab_of(json_t **exchanges)
{
    *exchanges = vector_file("eaf");
    return eaf_lab_new(json_array_get(*exchanges, 0));
}

/* ---- a server ---- */

static void decide(struct eaf_lab *lab, struct s5a_writer *w)
{
    static const struct s5a_challenge challenge = { .ops = 2, .mem_kib = 19456 };
    static const struct s5a_eaf_grant grant = { .has_params = true };
    static const struct s5a_eaf_refusal wrong = { .rep = S5A_REP_PERMISSION_DENIED };
    struct s5a_eaf_server *x = &lab->server;
    uint8_t proof[S5A_PROOF_LEN];
    if (x->login.auth.count == 0)
        s5a_eaf_server_choose(x, 0, w);
    else if (s5a_auth_is_ask(&x->login.auth))
        s5a_eaf_server_challenge(x, &challenge, w);
    else if (eaf_lab_judge(lab, proof))
        s5a_eaf_server_accept(x, &grant, w);
    else
        s5a_eaf_server_refuse(x, &wrong, w);
}

static void check_server(struct eaf_lab *lab, const json_t *entry)
{
    uint8_t storage[EAF_LAB_CAP];
    char got[32] = "goes on";
    struct s5a_span message = vector_bytes(entry, "message");
    struct s5a_reader r;
    struct s5a_writer w;
    eaf_lab_restart(lab);
    s5a_writer_init(&w, storage, sizeof(storage));
    s5a_reader_init(&r, "\x01", 1);
    s5a_eaf_server_feed(&lab->server, &r, &w);
    s5a_writer_init(&w, storage, sizeof(storage));
    s5a_reader_init(&r, message.at, message.len);
    if (s5a_eaf_server_feed(&lab->server, &r, &w) == S5A_EAF_ASK_LOGIN)
        decide(lab, &w);
    if (lab->server.ask == S5A_EAF_ASK_CONFIRM)
        snprintf(got, sizeof(got), "accepted");
    if (lab->server.ask == S5A_EAF_ASK_CLOSED)
        snprintf(got, sizeof(got), "close");
    if (lab->server.ask == S5A_EAF_ASK_REFUSED)
        snprintf(got, sizeof(got), "result %02x", lab->server.rep);
    expect_one_of(entry, got, lab->server.why);
    cr_expect_eq(s5a_writer_len(&w) == 0, is("close", got), "%s: bytes",
                 vector_text(entry, "name"));
}

Test(eaf_malformed, server_treats_every_message_as_the_vectors_say)
{
    json_t *file = vector_file("handshake-malformed"), *entry, *exchanges;
    struct eaf_lab *lab = lab_of(&exchanges);
    size_t i;
    json_array_foreach(json_object_get(file, "to_server"), i, entry) check_server(lab, entry);
    cr_expect_gt(i, 0);
    eaf_lab_free(lab);
    json_decref(exchanges);
    json_decref(file);
}

/* ---- a client ---- */

static void set_up(struct eaf_lab *lab, const json_t *entry)
{
    static uint8_t greeting[3] = { 5, 1 };
    bool ask = is("ask", vector_text(entry, "message 1"));
    struct s5a_eaf_client_setup *setup = &lab->client_setup;
    setup->method = greeting[2] = (uint8_t)vector_number(entry, "method");
    setup->greeting = (struct s5a_span){ greeting, sizeof(greeting) };
    setup->wishes = NULL;
    setup->pad = 0;
    setup->sealed_only = true;
    setup->capabilities = ask ? 0x9e62 : 0x9e61;
    setup->credentials.methods = S5A_MID_BIT(ask ? S5A_MID_RESPONSE : S5A_MID_PUBLICKEY);
    setup->credentials.user = SPAN("alice");
    eaf_lab_restart(lab);
}

static void start(struct eaf_lab *lab, const json_t *entry, const json_t *firsts)
{
    uint8_t storage[EAF_LAB_CAP];
    char name[32];
    struct s5a_writer w;
    snprintf(name, sizeof(name), "%02x %s", (unsigned)vector_number(entry, "method"),
             vector_text(entry, "message 1"));
    s5a_writer_init(&w, storage, sizeof(storage));
    s5a_eaf_client_start(&lab->client, &w);
    vector_expect(name, (struct s5a_span){ storage + 1, s5a_writer_len(&w) - 1 },
                  vector_bytes(firsts, name));
}

static void check_client(struct eaf_lab *lab, const json_t *entry, const json_t *firsts)
{
    uint8_t storage[EAF_LAB_CAP];
    char got[32] = "goes on";
    struct s5a_span message = vector_bytes(entry, "message");
    struct s5a_reader r;
    struct s5a_writer w;
    set_up(lab, entry);
    start(lab, entry, firsts);
    s5a_writer_init(&w, storage, sizeof(storage));
    s5a_reader_init(&r, "\x01", 1);
    s5a_eaf_client_feed(&lab->client, &r, &w);
    s5a_reader_init(&r, message.at, message.len);
    enum s5a_eaf_want want = s5a_eaf_client_feed(&lab->client, &r, &w);
    if (want == S5A_EAF_ACCEPTED)
        snprintf(got, sizeof(got), "accepted");
    if (want == S5A_EAF_FAILED)
        snprintf(got, sizeof(got), "close");
    if (want == S5A_EAF_REFUSED)
        snprintf(got, sizeof(got), "refused %02x", lab->client.answer.rep);
    expect_one_of(entry, got, s5a_status_text(lab->client.status));
    cr_expect_eq(s5a_writer_len(&w), 0);
}

Test(eaf_malformed, client_treats_every_message_as_the_vectors_say)
{
    json_t *file = vector_file("handshake-malformed"), *entry, *exchanges;
    struct eaf_lab *lab = lab_of(&exchanges);
    size_t i;
    json_array_foreach(json_object_get(file, "to_client"), i, entry)
        check_client(lab, entry, json_object_get(file, "message 1 of the client"));
    cr_expect_gt(i, 0);
    eaf_lab_free(lab);
    json_decref(exchanges);
    json_decref(file);
}

/* ---- sealing, of auth.json ---- */

static void check_sealing(const json_t *entry)
{
    static const uint8_t nonces[2][S5A_AEAD_NONCE_LEN] = { { 0 }, { 1 } };
    uint8_t bytes[256];
    struct s5a_key key;
    struct s5a_span auth = vector_bytes(entry, "AUTH before sealing");
    struct s5a_span list = vector_bytes(entry, "list before sealing");
    struct s5a_span tlv = vector_bytes(entry, "TLV 80");
    memcpy(key.bytes, vector_exact(entry, "seal_i", sizeof(key.bytes)), sizeof(key.bytes));
    memcpy(bytes, auth.at, auth.len);
    s5a_aead_seal(bytes, auth.len, &key, nonces[0], vector_bytes(entry, "VER ALEN MLEN"));
    vector_expect("AUTH", (struct s5a_span){ bytes, auth.len + S5A_AEAD_TAG_LEN },
                  vector_bytes(entry, "AUTH"));
    memcpy(bytes, list.at, list.len);
    s5a_aead_seal(bytes, list.len, &key, nonces[1], SPAN(""));
    vector_expect("TLV 80", (struct s5a_span){ bytes, list.len + S5A_AEAD_TAG_LEN },
                  (struct s5a_span){ tlv.at + 3, tlv.len - 3 });
}

Test(eaf_malformed, sealed_parts_of_the_vectors_are_reproduced)
{
    json_t *file = vector_file("auth"), *entry;
    size_t i;
    json_array_foreach(json_object_get(file, "sealing"), i, entry) check_sealing(entry);
    cr_expect_gt(i, 0);
    json_decref(file);
}

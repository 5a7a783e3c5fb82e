/* What exchanges of the vectors are set up with. */
#include "tests/unit/eaf_lab.h"

#include <sodium.h>

#include "tests/unit/span.h"

/* ---- what the vectors give ---- */

static struct s5a_key key_of(const json_t *entry, const char *name)
{
    struct s5a_key key;
    memcpy(key.bytes, vector_exact(entry, name, sizeof(key.bytes)), sizeof(key.bytes));
    return key;
}

/* Keys, users and tokens are the same in all files. */
static const json_t *common(void)
{
    static json_t *file;
    if (!file)
        file = vector_file("handshake-malformed");
    return json_object_get(file, "given");
}

static struct s5a_span sealed_list(const struct eaf_lab *lab, unsigned i)
{
    return vector_bytes(json_array_get(lab->messages, i - 1), "list_before_sealing");
}

struct s5a_span eaf_lab_auth_text(const struct eaf_lab *lab, unsigned i)
{
    return vector_bytes(json_array_get(lab->messages, i - 1), "auth_before_sealing");
}

struct s5a_metadata eaf_lab_clear(const struct eaf_lab *lab, unsigned i)
{
    struct s5a_metadata clear;
    struct s5a_span list = vector_bytes(json_array_get(lab->messages, i - 1), "metadata");
    cr_assert_eq(s5a_metadata_decode(&clear, list, i, false), S5A_OK);
    return clear;
}

struct s5a_metadata eaf_lab_list(const struct eaf_lab *lab, unsigned i)
{
    struct s5a_metadata list;
    cr_assert_eq(s5a_metadata_decode(&list, sealed_list(lab, i), i, true), S5A_OK);
    return list;
}

struct s5a_auth eaf_lab_auth(const struct eaf_lab *lab, unsigned i)
{
    struct s5a_auth auth = { 0 };
    struct s5a_span text = eaf_lab_auth_text(lab, i);
    if (text.len > 0)
        cr_assert_eq(s5a_auth_decode(&auth, text), S5A_OK);
    return auth;
}

/* ---- the client's setup, from what it sends ---- */

static void learn_factors(struct eaf_lab *lab, const struct s5a_auth *auth)
{
    struct s5a_eaf_credentials *own = &lab->client_setup.credentials;
    for (size_t k = 0; k < auth->count; k++) {
        const struct s5a_factor *factor = &auth->factors[k];
        if (auth->mid == S5A_MID_MULTI)
            own->factors |= S5A_MID_BIT(factor->mid);
        if (factor->token.len > 0)
            own->token = factor->token;
        if (factor->user.len > 0)
            own->user = factor->user;
    }
}

/* The methods of messages from..to; MULTI stands for its ask. */
unsigned eaf_lab_methods(const struct eaf_lab *lab, unsigned from, unsigned to)
{
    unsigned methods = 0;
    for (unsigned i = from; i <= to && i <= lab->count; i += 2) {
        struct s5a_auth auth = eaf_lab_auth(lab, i);
        bool ticket = auth.mid == S5A_MID_TOKEN && auth.factors[0].token.len == 0;
        if (auth.mid == S5A_MID_MULTI)
            methods &= ~S5A_MID_BIT(S5A_MID_RESPONSE);
        if (auth.count > 0 && !ticket)
            methods |= S5A_MID_BIT(auth.mid);
    }
    return methods;
}

static void learn_client(struct eaf_lab *lab)
{
    struct s5a_eaf_client_setup *setup = &lab->client_setup;
    struct s5a_metadata clear = eaf_lab_clear(lab, 1);
    for (unsigned i = 1; i <= lab->count; i += 2) {
        struct s5a_auth auth = eaf_lab_auth(lab, i);
        struct s5a_metadata list = eaf_lab_list(lab, i);
        learn_factors(lab, &auth);
        if (list.user.len > 0)
            setup->credentials.user = list.user;
        if (list.has_params) {
            lab->wishes = list.params;
            setup->wishes = &lab->wishes;
        }
    }
    setup->capabilities = clear.capabilities;
    setup->ticket = clear.ticket;
    setup->credentials.methods = eaf_lab_methods(lab, 1, lab->count);
    setup->credentials.key = &lab->key;
}

static void learn(struct eaf_lab *lab, const json_t *entry)
{
    const json_t *given = json_object_get(entry, "given");
    const json_t *first = json_array_get(json_object_get(entry, "steps"), 0);
    struct s5a_span greeting =
        first ? vector_bytes(first, "bytes") : vector_bytes(entry, "greeting");
    uint8_t method = (uint8_t)vector_number(entry, "method");
    struct s5a_metadata clear = eaf_lab_clear(lab, 1);
    learn_client(lab);
    lab->client_setup.method = lab->server_setup.method = method;
    lab->client_setup.greeting = greeting;
    lab->client_setup.limits = (struct s5a_scram_limits){ 8, 262144 };
    lab->client_setup.pad = lab->server_setup.pad = 128;
    lab->server_setup.capabilities = eaf_lab_clear(lab, 2).capabilities;
    lab->server_setup.statics[0] = &lab->statics;
    if (!(clear.kex_flags & S5A_KEX_NO_STATIC))
        lab->client_setup.server_key = lab->statics.public;
    if (json_object_get(given, "network key")) {
        lab->network = key_of(given, "network key");
        lab->client_setup.network_key = lab->server_setup.network_key = &lab->network;
    }
    if (json_object_get(given, "R of the ticket")) {
        lab->resumption = key_of(given, "R of the ticket");
        lab->client_setup.resumption = &lab->resumption;
    }
}

struct s5a_key eaf_lab_derive(struct s5a_span password, const struct s5a_challenge *challenge)
{
    struct s5a_key salted;
    cr_assert_eq(crypto_pwhash(salted.bytes, sizeof(salted.bytes), (const char *)password.at,
                               password.len, challenge->salt, challenge->ops,
                               (size_t)challenge->mem_kib * 1024, crypto_pwhash_ALG_ARGON2ID13),
                 0);
    return salted;
}

static void learn_users(struct eaf_lab *lab)
{
    struct s5a_challenge stored = { .ops = 2, .mem_kib = 19456 };
    const char *name = vector_text(lab->entry, "name");
    bool wrong = strstr(name, "wrong") || strstr(name, "unknown user");
    for (uint8_t i = 0; i < sizeof(stored.salt); i++)
        stored.salt[i] = i;
    struct s5a_key salted = eaf_lab_derive(SPAN("correct horse"), &stored);
    s5a_scram_verifier(&lab->alice, &salted);
    lab->password = wrong ? SPAN("wrong") : SPAN("correct horse");
    s5a_ed25519_from_seed(&lab->key, vector_exact(common(), "ed25519_seed", S5A_ED25519_SEED_LEN));
    lab->statics.secret = key_of(common(), "s");
    s5a_x25519_public(lab->statics.public, &lab->statics.secret);
}

struct eaf_lab *eaf_lab_new(const json_t *entry)
{
    struct eaf_lab *lab = calloc(1, sizeof(*lab));
    const json_t *message;
    size_t i;
    cr_assert(lab);
    lab->entry = entry;
    lab->messages = json_object_get(entry, "messages");
    json_array_foreach(lab->messages, i, message)
    {
        cr_assert_lt(i, EAF_LAB_MESSAGES);
        lab->message[i + 1] = vector_bytes(message, "message");
        lab->count++;
    }
    learn_users(lab);
    learn(lab, entry);
    return lab;
}

void eaf_lab_free(struct eaf_lab *lab)
{
    s5a_eaf_client_wipe(&lab->client);
    s5a_eaf_server_wipe(&lab->server);
    free(lab);
}

bool eaf_lab_has_client(const struct eaf_lab *lab)
{
    return strcmp(vector_text(lab->entry, "name"), "unknown key") != 0;
}

void eaf_lab_restart(struct eaf_lab *lab)
{
    struct s5a_key e_c = key_of(common(), "e_c"), e_s = key_of(common(), "e_s");
    s5a_eaf_client_wipe(&lab->client);
    s5a_eaf_server_wipe(&lab->server);
    s5a_eaf_client_init(&lab->client, &lab->client_setup, &e_c);
    s5a_eaf_server_init(&lab->server, &lab->server_setup, lab->client_setup.greeting, &e_s);
}

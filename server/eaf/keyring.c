/* The server's own keys. */
#include "server/eaf/keyring.h"

#include <sodium.h>

#include "protocol/crypto/keytext.h"
#include "protocol/secret.h"
#include "server/private_file.h"

/* The number of keys; 0 and `problem`. */
static size_t read_keys(struct s5a_key *keys, size_t max, enum s5a_keytext_kind kind,
                        const char *path, struct s5ad_problem *problem)
{
    uint8_t storage[S5AD_PRIVATE_FILE_CAP];
    struct s5a_span file;
    size_t count = 0;
    if (s5ad_private_read(path, storage, &file, problem)) {
        count = s5a_keytext_parse(keys, max, kind, file);
        if (count == 0)
            s5ad_problem_set(problem, "%.300s: expected %s \"%s BASE64\"%s", path,
                             max == 1 ? "one line" : "lines", s5a_keytext_label(kind),
                             max == 1 ? "" : ", at most 8");
    }
    s5a_wipe(storage, sizeof storage);
    return count;
}

static bool load_statics(struct s5ad_keyring *keyring, const struct s5ad_key_paths *paths,
                         struct s5ad_problem *problem)
{
    for (unsigned i = 0; i < S5A_EAF_STATICS_MAX && paths->statics[i]; i++) {
        struct s5a_eaf_static *at = &keyring->statics[i];
        if (!read_keys(&at->secret, 1, S5A_KEYTEXT_SERVER, paths->statics[i], problem))
            return false;
        s5a_x25519_public(at->public, &at->secret);
        keyring->static_count++;
    }
    return true;
}

static bool load_network(struct s5ad_keyring *keyring, const char *path,
                         struct s5ad_problem *problem)
{
    keyring->has_network = path != NULL;
    return !path || read_keys(&keyring->network, 1, S5A_KEYTEXT_NETWORK, path, problem);
}

static void draw_tickets(struct s5ad_ticket_keys *tickets)
{
    tickets->keys[1] = tickets->keys[0];
    randombytes_buf(&tickets->keys[0], sizeof tickets->keys[0]);
    tickets->count += tickets->count < 2;
}

void s5ad_keyring_rotate(struct s5ad_keyring *keyring)
{
    if (keyring->draws_tickets)
        draw_tickets(&keyring->tickets);
}

static bool load_tickets(struct s5ad_keyring *keyring, const char *path,
                         struct s5ad_problem *problem)
{
    struct s5ad_ticket_keys *tickets = &keyring->tickets;
    keyring->draws_tickets = path == NULL;
    if (path)
        tickets->count =
            read_keys(tickets->keys, S5AD_TICKET_KEYS_MAX, S5A_KEYTEXT_TICKET, path, problem);
    else
        draw_tickets(tickets);
    return tickets->count > 0;
}

bool s5ad_keyring_load(struct s5ad_keyring *keyring, const struct s5ad_key_paths *paths,
                       struct s5ad_problem *problem)
{
    *keyring = (struct s5ad_keyring){ .static_count = 0 };
    if (load_statics(keyring, paths, problem) && load_network(keyring, paths->network, problem) &&
        load_tickets(keyring, paths->tickets, problem))
        return true;
    s5ad_keyring_wipe(keyring);
    return false;
}

void s5ad_keyring_wipe(struct s5ad_keyring *keyring)
{
    s5a_wipe(keyring, sizeof *keyring);
}

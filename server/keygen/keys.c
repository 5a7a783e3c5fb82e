/* Keys in files: client, server, network, ticket; fingerprints. */
#include "server/keygen/commands.h"

#include <sodium.h>
#include <stdio.h>

#include "protocol/crypto/x25519.h"
#include "protocol/eaf/auth_publickey.h"
#include "protocol/secret.h"
#include "server/keygen/output.h"
#include "server/private_file.h"

enum { OLDER_TICKET_KEYS = 2 }; /* that stay, beside the new one */

/* Draws a key and its line. */
static void draw(struct s5a_key *key, char line[static S5A_KEYTEXT_LINE_CAP],
                 enum s5a_keytext_kind kind)
{
    randombytes_buf(key, sizeof *key);
    s5a_keytext_format(line, kind, key);
}

static void client_public(uint8_t out[static S5A_KEY_LEN], const struct s5a_key *seed)
{
    struct s5a_ed25519 pair;
    s5a_ed25519_from_seed(&pair, seed->bytes);
    struct s5a_reader r;
    s5a_reader_init(&r, s5a_ed25519_public(&pair).at, S5A_KEY_LEN);
    s5a_read_copy(&r, out, S5A_KEY_LEN);
    s5a_wipe(&pair, sizeof pair);
}

/* "name = BASE64" and the fingerprint. */
static void print_public(const char *name, const uint8_t public[static S5A_KEY_LEN])
{
    char text[S5A_KEYTEXT_BASE64_CAP], fingerprint[S5A_KEYTEXT_FINGERPRINT_CAP];
    s5a_base64_format(text, public);
    s5a_keytext_fingerprint(fingerprint, public);
    printf("%s = %s\n# fingerprint %s\n", name, text, fingerprint);
}

/* A new key in a new file. */
static bool make(struct s5a_key *key, enum s5a_keytext_kind kind, const char *path)
{
    char line[S5A_KEYTEXT_LINE_CAP];
    draw(key, line, kind);
    bool made = s5ad_keygen_create(path, line);
    s5a_wipe(line, sizeof line);
    return made;
}

bool s5ad_keygen_client(const struct s5ad_keygen_options *options)
{
    struct s5a_key key;
    uint8_t public[S5A_KEY_LEN];
    bool made = make(&key, S5A_KEYTEXT_PRIVATE, options->argument);
    client_public(public, &key);
    s5a_wipe(&key, sizeof key);
    if (!made)
        return false;
    printf("# the client's private key; its socks5a.conf, under [proxy NAME]:\n"
           "key = %s\n"
           "# the server's file of users, under [user NAME]:\n",
           options->argument);
    print_public("public_key", public);
    return true;
}

bool s5ad_keygen_server(const struct s5ad_keygen_options *options)
{
    struct s5a_key key;
    uint8_t public[S5A_X25519_LEN];
    bool made = make(&key, S5A_KEYTEXT_SERVER, options->argument);
    s5a_x25519_public(public, &key);
    s5a_wipe(&key, sizeof key);
    if (!made)
        return false;
    printf("# socks5ad.conf, under [server]:\n"
           "server_key = %s\n"
           "# each client's socks5a.conf, under [proxy NAME]:\n",
           options->argument);
    print_public("server_key", public);
    return true;
}

bool s5ad_keygen_network(const struct s5ad_keygen_options *options)
{
    struct s5a_key key;
    bool made = make(&key, S5A_KEYTEXT_NETWORK, options->argument);
    s5a_wipe(&key, sizeof key);
    if (made)
        printf("# copy the file to each client; socks5ad.conf, under [server], and socks5a.conf,\n"
               "# under [proxy NAME]:\n"
               "network_key = %s\n",
               options->argument);
    return made;
}

bool s5ad_keygen_ticket(const struct s5ad_keygen_options *options)
{
    struct s5a_key key;
    char line[S5A_KEYTEXT_LINE_CAP];
    draw(&key, line, S5A_KEYTEXT_TICKET);
    bool made = s5ad_keygen_prepend(options->argument, line, OLDER_TICKET_KEYS);
    s5a_wipe(&key, sizeof key);
    s5a_wipe(line, sizeof line);
    if (made)
        printf("# copy the file to each server behind the same address, then send each a SIGHUP;\n"
               "# socks5ad.conf, under [server]:\n"
               "ticket_key = %s\n",
               options->argument);
    return made;
}

static bool read_one(struct s5a_key *key, enum s5a_keytext_kind kind, struct s5a_span file)
{
    return s5a_keytext_parse(key, 1, kind, file) == 1;
}

bool s5ad_keygen_fingerprint(const struct s5ad_keygen_options *options)
{
    uint8_t storage[S5AD_PRIVATE_FILE_CAP], public[S5A_KEY_LEN];
    struct s5ad_problem problem = { "" };
    struct s5a_span file;
    struct s5a_key key = { { 0 } };
    if (!s5ad_private_read(options->argument, storage, &file, &problem))
        return s5ad_keygen_complain("%s", problem.text);
    bool is_client = read_one(&key, S5A_KEYTEXT_PRIVATE, file), is_server = false;
    if (is_client)
        client_public(public, &key);
    else if ((is_server = read_one(&key, S5A_KEYTEXT_SERVER, file)))
        s5a_x25519_public(public, &key);
    s5a_wipe(&key, sizeof key);
    s5a_wipe(storage, sizeof storage);
    if (!is_client && !is_server)
        return s5ad_keygen_complain("%s: found no client's or server's key", options->argument);
    print_public(is_client ? "public_key" : "server_key", public);
    return true;
}

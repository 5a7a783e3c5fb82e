/* Secrets that are no keys: TOTP, token, password. */
#include "server/keygen/commands.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "protocol/crypto/base32.h"
#include "protocol/crypto/keytext.h"
#include "protocol/eaf/scram.h"
#include "server/eaf/realm.h"
#include "server/keygen/output.h"
#include "server/keygen/prompt.h"
#include "server/keygen/qr.h"

/* ---- codes ---- */

enum { TOTP_LEN = 20, URI_CAP = 2048 }; /* RFC 4226, section 4, R6 */

/* RFC 3986, section 2.3: what needs no escape */
static void escape(struct s5a_writer *w, const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *text; text++) {
        char code[4];
        int len = strchr(plain, *text) ? snprintf(code, sizeof code, "%c", *text)
                                       : snprintf(code, sizeof code, "%%%02X", (uint8_t)*text);
        s5a_write_bytes(w, code, (size_t)len);
    }
}

static void write_text(struct s5a_writer *w, const char *text)
{
    s5a_write_bytes(w, text, strlen(text));
}

/* otpauth://totp/ISSUER:NAME?secret=…&issuer=… ; false where it does not fit. */
static bool make_uri(char uri[static URI_CAP], const struct s5ad_keygen_options *options,
                     const char *secret)
{
    const char *issuer = options->issuer ? options->issuer : "socks5ad";
    struct s5a_writer w;
    s5a_writer_init(&w, uri, URI_CAP);
    write_text(&w, "otpauth://totp/");
    escape(&w, issuer);
    write_text(&w, ":");
    escape(&w, options->argument);
    write_text(&w, "?secret=");
    write_text(&w, secret);
    write_text(&w, "&issuer=");
    escape(&w, issuer);
    s5a_write_u8(&w, 0);
    return !w.bad;
}

static bool print_totp(const struct s5ad_keygen_options *options, const char *secret)
{
    char uri[URI_CAP];
    if (!make_uri(uri, options, secret))
        return s5ad_keygen_complain("name or issuer is too long");
    printf("# the server's file of users, under [user %s]:\n"
           "totp = %s\n"
           "# the person's authenticator: this URI, or the code below\n"
           "# %s\n",
           options->argument, secret, uri);
    bool shown = options->no_qr || s5ad_keygen_print_qr(uri);
    s5a_wipe(uri, sizeof uri);
    return shown || s5ad_keygen_complain("too long for a QR code");
}

bool s5ad_keygen_totp(const struct s5ad_keygen_options *options)
{
    uint8_t bytes[TOTP_LEN];
    char secret[S5A_BASE32_LEN(TOTP_LEN) + 1];
    randombytes_buf(bytes, sizeof bytes);
    s5a_base32_format(secret, (struct s5a_span){ bytes, sizeof bytes });
    bool printed = print_totp(options, secret);
    s5a_wipe(bytes, sizeof bytes);
    s5a_wipe(secret, sizeof secret);
    return printed;
}

/* ---- tokens ---- */

static void print_hash(const char *token)
{
    struct s5a_digest digest;
    char text[S5A_KEYTEXT_BASE64_CAP];
    s5a_sha256(&digest, S5A_PARTS({ (const uint8_t *)token, strlen(token) }));
    s5a_base64_format(text, digest.bytes);
    printf("# the server's file of users, under [user NAME]:\ntoken = %s\n", text);
}

bool s5ad_keygen_token(const struct s5ad_keygen_options *options)
{
    uint8_t bytes[32];
    char token[sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
    const char *path = options->argument;
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(token, sizeof token, bytes, sizeof bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    bool made = !path || s5ad_keygen_create(path, token);
    if (made && path)
        printf("# the client's token; its socks5a.conf, under [proxy NAME]:\ntoken = %s\n", path);
    else if (made)
        printf("# the client's token, for a file with mode 0600 that token names there:\n%s\n",
               token);
    if (made)
        print_hash(token);
    s5a_wipe(bytes, sizeof bytes);
    s5a_wipe(token, sizeof token);
    return made;
}

/* ---- passwords ---- */

static void print_scram(const struct s5a_challenge *c, const struct s5a_scram_verifier *verifier)
{
    char salt[S5A_KEYTEXT_BASE64_CAP], stored[S5A_KEYTEXT_BASE64_CAP];
    char server[S5A_KEYTEXT_BASE64_CAP];
    sodium_bin2base64(salt, sizeof salt, c->salt, sizeof c->salt, sodium_base64_VARIANT_ORIGINAL);
    s5a_base64_format(stored, verifier->stored.bytes);
    s5a_base64_format(server, verifier->server.bytes);
    printf("# the server's file of users, under [user NAME]:\nscram = %u:%u:%s:%s:%s\n",
           (unsigned)c->ops, (unsigned)c->mem_kib, salt, stored, server);
    s5a_wipe(stored, sizeof stored);
    s5a_wipe(server, sizeof server);
}

bool s5ad_keygen_password(const struct s5ad_keygen_options *options)
{
    struct s5a_challenge c = { .ops = S5AD_SCRAM_OPS, .mem_kib = S5AD_SCRAM_MEM_KIB };
    struct s5a_scram_verifier verifier;
    struct s5a_secret password;
    struct s5a_key salted;
    if (!s5ad_keygen_ask(&password, options->password_file))
        return false;
    randombytes_buf(c.salt, sizeof c.salt);
    struct s5a_span text = s5a_secret_span(&password);
    bool derived =
        crypto_pwhash(salted.bytes, sizeof salted.bytes, (const char *)text.at, text.len, c.salt,
                      c.ops, (size_t)c.mem_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0;
    s5a_secret_wipe(&password);
    if (!derived)
        return s5ad_keygen_complain("out of memory");
    s5a_scram_verifier(&verifier, &salted);
    print_scram(&c, &verifier);
    s5a_wipe(&salted, sizeof salted);
    s5a_wipe(&verifier, sizeof verifier);
    return true;
}

/* One user of the users' file. */
#include "server/user.h"

#include <sodium.h>
#include <string.h>
#include <time.h>

#include "protocol/crypto/base32.h"
#include "protocol/crypto/keytext.h"
#include "protocol/secret.h"
#include "server/value.h"

_Static_assert(S5AD_HASH_CAP == crypto_pwhash_STRBYTES, "room for the hashes of libsodium");

static struct s5a_span span_of(const char *text)
{
    return (struct s5a_span){ (const uint8_t *)text, strlen(text) };
}

/* ---- values ---- */

bool s5ad_date_parse(uint64_t *out, const char *text)
{
    struct tm day = { 0 };
    *out = 0;
    const char *end = strlen(text) == 10 ? strptime(text, "%Y-%m-%d", &day) : NULL;
    if (!end || *end)
        return false;
    struct tm normal = day; /* the 31st of February becomes the 3rd of March */
    time_t at = timegm(&normal);
    *out = (uint64_t)at;
    return at > 0 && normal.tm_mday == day.tm_mday;
}

bool s5ad_shown_parse(struct s5ad_shown *out, const char *value, struct s5ad_problem *problem)
{
    static const char expires[] = "expires=";
    size_t len = strcspn(value, " \t");
    const char *rest = value + len + strspn(value + len, " \t");
    *out = (struct s5ad_shown){ .expires = 0 };
    if (!s5a_base64_parse(out->bytes, sizeof out->bytes,
                          (struct s5a_span){ (const uint8_t *)value, len }))
        return s5ad_problem_set(problem, "expected the Base64 of 32 bytes");
    if (*rest == '\0')
        return true;
    bool dated = strncmp(rest, expires, sizeof expires - 1) == 0 &&
                 s5ad_date_parse(&out->expires, rest + sizeof expires - 1);
    return dated || s5ad_value_wrong(problem, rest, "expires=YYYY-MM-DD");
}

static bool set_hash(struct s5ad_user *user, const char *value, struct s5ad_problem *problem)
{
    bool is_hash = strncmp(value, "$argon2id$", 10) == 0 && strlen(value) < S5AD_HASH_CAP &&
                   crypto_pwhash_str_needs_rehash(value, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                                  crypto_pwhash_MEMLIMIT_INTERACTIVE) >= 0;
    if (!is_hash)
        return s5ad_problem_set(problem, "expected a hash as --hash-password prints it");
    if (user->hash[0])
        return s5ad_problem_set(problem, "found a password of this user a second time");
    strcpy(user->hash, value);
    user->has |= S5A_MID_BIT(S5A_MID_RESPONSE);
    return true;
}

/* The part up to the next colon, taken off the text; the colon too. */
static struct s5a_span take_part(const char **text)
{
    size_t len = strcspn(*text, ":");
    struct s5a_span part = { (const uint8_t *)*text, len };
    *text += len + ((*text)[len] == ':');
    return part;
}

static bool take_number(const char **text, unsigned long max, uint32_t *out)
{
    char digits[16] = "";
    struct s5a_span part = take_part(text);
    unsigned long number = 0;
    if (part.len < sizeof digits)
        memcpy(digits, part.at, part.len);
    bool good = s5ad_value_number(digits, max, &number);
    *out = (uint32_t)number;
    return good;
}

static bool parse_scram(struct s5ad_user *user, const char *value)
{
    struct s5a_challenge *scram = &user->scram;
    struct s5a_scram_verifier *verifier = &user->verifier;
    static const struct s5a_scram_limits most = { UINT32_MAX, UINT32_MAX };
    return take_number(&value, UINT32_MAX, &scram->ops) &&
           take_number(&value, UINT32_MAX, &scram->mem_kib) &&
           s5a_base64_parse(scram->salt, sizeof scram->salt, take_part(&value)) &&
           s5a_base64_parse(&verifier->stored, sizeof verifier->stored, take_part(&value)) &&
           s5a_base64_parse(&verifier->server, sizeof verifier->server, span_of(value)) &&
           s5a_challenge_is_within(scram, &most);
}

static bool set_scram(struct s5ad_user *user, const char *value, struct s5ad_problem *problem)
{
    if (user->has_scram || !parse_scram(user, value))
        return s5ad_problem_set(problem,
                                "expected one entry as `socks5a-keygen password` prints it");
    user->has_scram = true;
    user->has |= S5A_MID_BIT(S5A_MID_RESPONSE);
    return true;
}

static bool set_totp(struct s5ad_user *user, const char *value, struct s5ad_problem *problem)
{
    struct s5a_writer w;
    s5a_writer_init(&w, user->totp, sizeof user->totp);
    bool good = s5a_base32_parse(&w, span_of(value)) && s5a_writer_len(&w) >= S5AD_TOTP_MIN;
    user->totp_len = (uint8_t)s5a_writer_len(&w);
    user->has |= S5A_MID_BIT(S5A_MID_TOTP);
    return good || s5ad_problem_set(problem, "expected the Base32 of 10 to 64 bytes");
}

static bool set_disabled(struct s5ad_user *user, const char *value, struct s5ad_problem *problem)
{
    return s5ad_value_switch(&user->disabled, value, problem);
}

static bool set_expires(struct s5ad_user *user, const char *value, struct s5ad_problem *problem)
{
    return s5ad_date_parse(&user->expires, value) ||
           s5ad_value_wrong(problem, value, "a date YYYY-MM-DD");
}

static bool set_require(struct s5ad_user *user, const char *value, struct s5ad_problem *problem)
{
    return s5ad_policy_parse(&user->policy, value) ||
           s5ad_value_wrong(problem, value,
                            "any, all, METHOD+METHOD, METHOD… or chain METHOD, METHOD… of "
                            "publickey, password, totp, token");
}

static bool set_allow(struct s5ad_user *user, const char *value, struct s5ad_problem *problem)
{
    return s5ad_acl_add_text(&user->acl, true, value, problem);
}

static bool set_deny(struct s5ad_user *user, const char *value, struct s5ad_problem *problem)
{
    return s5ad_acl_add_text(&user->acl, false, value, problem);
}

static bool set_flag(struct s5ad_user *user, uint32_t flag, const char *value,
                     struct s5ad_problem *problem)
{
    bool granted;
    if (!s5ad_value_switch(&granted, value, problem))
        return false;
    user->flags_set |= flag;
    user->flags = granted ? user->flags | flag : user->flags & ~flag;
    return true;
}

static bool set_udp(struct s5ad_user *user, const char *value, struct s5ad_problem *problem)
{
    return set_flag(user, S5A_SESSION_UDP, value, problem);
}

static bool set_bind(struct s5ad_user *user, const char *value, struct s5ad_problem *problem)
{
    return set_flag(user, S5A_SESSION_BIND, value, problem);
}

static bool set_pool(struct s5ad_user *user, const char *value, struct s5ad_problem *problem)
{
    return set_flag(user, S5A_SESSION_POOL, value, problem);
}

static bool set_unix(struct s5ad_user *user, const char *value, struct s5ad_problem *problem)
{
    return s5ad_unix_list_add(&user->sockets, value, problem);
}

static bool set_tol(struct s5ad_user *user, const char *value, struct s5ad_problem *problem)
{
    return s5ad_tol_level_parse(&user->tol.level, value, problem);
}

static bool set_tol_mode(struct s5ad_user *user, const char *value, struct s5ad_problem *problem)
{
    return s5ad_tol_mode_parse(&user->tol.sealed, value, problem);
}

static const struct {
    const char *name;
    bool (*set)(struct s5ad_user *user, const char *value, struct s5ad_problem *problem);
} keys[] = {
    { "password", set_hash },     { "scram", set_scram },       { "totp", set_totp },
    { "disabled", set_disabled }, { "expires", set_expires },   { "require", set_require },
    { "allow", set_allow },       { "deny", set_deny },         { "udp", set_udp },
    { "bind", set_bind },         { "pool", set_pool },         { "unix", set_unix },
    { "tol", set_tol },           { "tol_mode", set_tol_mode },
};

bool s5ad_user_set(struct s5ad_user *user, const char *name, const char *value,
                   struct s5ad_problem *problem)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(keys[i].name, name) == 0)
            return keys[i].set(user, value, problem);
    return s5ad_problem_set(
        problem,
        "found \"%.100s\", expected \"password\", scram, public_key, totp, "
        "token, require, expires, disabled, allow, deny, unix, udp, bind, pool, tol or tol_mode",
        name);
}

/* ---- the section as a whole ---- */

void s5ad_user_digest(struct s5ad_user *user, const char *name, const char *value)
{
    struct s5a_digest before = user->digest;
    s5a_sha256(&user->digest,
               S5A_PARTS(s5a_digest_span(&before), { (const uint8_t *)name, strlen(name) + 1 },
                         span_of(value)));
}

bool s5ad_user_finish(struct s5ad_user *user, const char *name, struct s5ad_problem *problem)
{
    return s5ad_policy_settle(&user->policy, user->has) ||
           s5ad_problem_set(problem,
                            "user \"%.255s\": require names a method that it does not have", name);
}

bool s5ad_user_is_over(uint64_t expires, uint64_t now)
{
    return expires != 0 && now >= expires;
}

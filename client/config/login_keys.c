/* One setter a key: what a section proxy has to log in with by EAF. No error shows a secret. */
#include "client/config/setters.h"

#include <stdlib.h>
#include <string.h>

#include "client/config/small_file.h"
#include "client/login/private_key.h"
#include "client/word.h"
#include "protocol/crypto/base32.h"
#include "protocol/crypto/keytext.h"

enum { SECRET_FILE_MAX = 8192 };

static struct s5a_login *login_of(struct s5a_draft *draft)
{
    struct s5a_proxy *proxy = draft->proxy->proxy;
    if (proxy->login == NULL)
        proxy->login = s5a_login_new();
    if (proxy->login == NULL)
        s5a_draft_fail_memory(draft);
    return proxy->login;
}

/* ---- files ---- */

/* Takes a file's content, without its last newline. NULL, or what it is in place of what it should
 * be. */
typedef const char *taker(struct s5a_login *login, struct s5a_span content);

static bool take_file(struct s5a_draft *draft, const char *path, const struct s5a_small_file *file,
                      taker *take)
{
    struct s5a_login *login = login_of(draft);
    if (login == NULL)
        return false;
    if (!file->is_private)
        return s5a_draft_fail(draft,
                              "%s file %.80s that others may read, expected one that is "
                              "yours or root's with mode 0600",
                              draft->key, path);
    size_t len = file->len;
    if (len > 0 && file->bytes[len - 1] == '\n')
        len--;
    const char *wrong = take(login, (struct s5a_span){ file->bytes, len });
    return wrong == NULL || s5a_draft_fail(draft, "%s file %.80s: %s", draft->key, path, wrong);
}

static bool read_file(struct s5a_draft *draft, const char *value, taker *take)
{
    struct s5a_small_file file;
    char *path = NULL;
    if (!s5a_value_path(draft, value, &path))
        return false;
    int error = s5a_small_file_read(&file, path, SECRET_FILE_MAX);
    bool taken = error == 0 ? take_file(draft, path, &file, take)
                            : s5a_draft_fail(draft, "%s file %.80s: %s", draft->key, path,
                                             s5a_errno_text(-error));
    s5a_small_file_wipe(&file);
    free(path);
    return taken;
}

static const char *take_network_key(struct s5a_login *login, struct s5a_span content)
{
    login->has_network_key =
        s5a_keytext_parse(&login->network_key, 1, S5A_KEYTEXT_NETWORK, content) == 1;
    return login->has_network_key ? NULL : "expected one line of socks5a-keygen network";
}

static const char *take_key(struct s5a_login *login, struct s5a_span content)
{
    const char *wrong = s5a_private_key_parse(&login->key, content);
    login->has_key = wrong == NULL;
    return wrong;
}

static const char *take_token(struct s5a_login *login, struct s5a_span content)
{
    if (content.len == 0 || content.len > S5A_TOKEN_MAX)
        return "expected a token of 1 to 4096 bytes";
    login->token = malloc(content.len);
    if (login->token == NULL)
        return "no memory";
    memcpy(login->token, content.at, content.len);
    login->token_len = content.len;
    return NULL;
}

static const char *take_totp(struct s5a_login *login, struct s5a_span content)
{
    struct s5a_writer w;
    s5a_writer_init(&w, login->totp, sizeof(login->totp));
    if (!s5a_base32_parse(&w, s5a_word_trim(content)) || w.bad ||
        s5a_writer_len(&w) < S5A_TOTP_SECRET_MIN)
        return "expected a secret of 10 to 64 bytes in Base32";
    login->totp_len = s5a_writer_len(&w);
    return NULL;
}

bool s5a_set_network_key(struct s5a_draft *draft, const char *value)
{
    return read_file(draft, value, take_network_key);
}

bool s5a_set_key(struct s5a_draft *draft, const char *value)
{
    return read_file(draft, value, take_key);
}

bool s5a_set_token(struct s5a_draft *draft, const char *value)
{
    return read_file(draft, value, take_token);
}

bool s5a_set_totp(struct s5a_draft *draft, const char *value)
{
    return read_file(draft, value, take_totp);
}

/* ---- values ---- */

bool s5a_set_server_key(struct s5a_draft *draft, const char *value)
{
    struct s5a_login *login = login_of(draft);
    if (login == NULL)
        return false;
    login->has_server_key =
        s5a_base64_parse(login->server_key, sizeof(login->server_key), s5a_word(value));
    return login->has_server_key ||
           s5a_draft_fail_value(draft, value, "44 characters of Base64, as socks5a-keygen says");
}

bool s5a_set_known_servers(struct s5a_draft *draft, const char *value)
{
    static const char *const policies[] = { "strict", "accept-new", "ask", NULL };
    struct s5a_login *login = login_of(draft);
    unsigned index;
    if (login == NULL || !s5a_value_choose(draft, value, policies, &index))
        return false;
    login->known = (enum s5a_known_policy)index;
    return true;
}

bool s5a_set_secrets_to_new(struct s5a_draft *draft, const char *value)
{
    static const char *const words[] = { "no", "yes", NULL };
    struct s5a_login *login = login_of(draft);
    unsigned index;
    if (login == NULL || !s5a_value_choose(draft, value, words, &index))
        return false;
    login->secrets_to_new = index == 1;
    return true;
}

static unsigned credential_bit(struct s5a_span word)
{
    static const struct {
        const char *word;
        unsigned bit;
    } words[] = {
        { "key", S5A_MID_BIT(S5A_MID_PUBLICKEY) },
        { "password", S5A_MID_BIT(S5A_MID_RESPONSE) },
        { "totp", S5A_MID_BIT(S5A_MID_TOTP) },
        { "token", S5A_MID_BIT(S5A_MID_TOKEN) },
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (s5a_word_is(word, words[i].word))
            return words[i].bit;
    return 0;
}

/* Words of `allowed`, each once; 0 where there is anything else. */
static unsigned credential_bits(const char *value, unsigned allowed)
{
    struct s5a_span rest = s5a_word(value), word;
    unsigned bits = 0;
    while (s5a_word_next(&rest, &word)) {
        unsigned bit = credential_bit(word) & allowed;
        if (bit == 0 || (bits & bit))
            return 0;
        bits |= bit;
    }
    return bits;
}

bool s5a_set_factors(struct s5a_draft *draft, const char *value)
{
    struct s5a_login *login = login_of(draft);
    if (login == NULL)
        return false;
    login->factors = credential_bits(value, ~0u);
    return __builtin_popcount(login->factors) >= 2 ||
           s5a_draft_fail_value(draft, value, "two or more of: key password totp token");
}

bool s5a_set_ask(struct s5a_draft *draft, const char *value)
{
    struct s5a_login *login = login_of(draft);
    if (login == NULL)
        return false;
    login->asked =
        credential_bits(value, S5A_MID_BIT(S5A_MID_RESPONSE) | S5A_MID_BIT(S5A_MID_TOTP));
    return login->asked != 0 || s5a_draft_fail_value(draft, value, "password, totp or both");
}

/* The configuration file: inih's lines, looked up in one table of sections and keys. */
#include "client/config/sources.h"

#include <ini.h>
#include <string.h>

#include "client/config/file_lines.h"
#include "client/config/setters.h"
#include "client/word.h"

enum kind {
    ONCE,
    REPEATED,
    NAMED, /* repeated, and a proxy's name stands behind the key */
    FREE,  /* repeated, and the key is any */
};

struct key {
    const char *section;
    const char *name;
    s5a_setter *set;
    enum kind kind;
};

static const struct key keys[] = {
    { "proxy", "address", s5a_set_address, ONCE },
    { "proxy", "method", s5a_set_method, ONCE },
    { "proxy", "user", s5a_set_user, ONCE },
    { "proxy", "password_file", s5a_set_password_file, ONCE },
    { "proxy", "password", s5a_set_password, ONCE },
    { "proxy", "server_key", s5a_set_server_key, ONCE },
    { "proxy", "known_servers", s5a_set_known_servers, ONCE },
    { "proxy", "network_key", s5a_set_network_key, ONCE },
    { "proxy", "key", s5a_set_key, ONCE },
    { "proxy", "token", s5a_set_token, ONCE },
    { "proxy", "totp", s5a_set_totp, ONCE },
    { "proxy", "factors", s5a_set_factors, ONCE },
    { "proxy", "ask", s5a_set_ask, ONCE },
    { "proxy", "secrets_to_new", s5a_set_secrets_to_new, ONCE },
    { "proxy", "tol", s5a_set_tol, ONCE },
    { "proxy", "tol_mode", s5a_set_tol_mode, ONCE },
    { "proxy", "tol_jitter", s5a_set_tol_jitter, ONCE },
    { "proxy", "tol_dummies", s5a_set_tol_dummies, ONCE },
    { "proxy", "tol_padding", s5a_set_tol_padding, ONCE },
    { "proxy", "tol_budget", s5a_set_tol_budget, ONCE },
    { "proxy", "require", s5a_set_require, ONCE },
    { "proxy", "pipeline", s5a_set_pipeline, ONCE },
    { "proxy", "resolve", s5a_set_resolve, ONCE },
    { "proxy", "pool", s5a_set_pool, ONCE },
    { "proxy", "pool_target", s5a_set_pool_target, ONCE },
    { "proxy", "via", s5a_set_via, ONCE },
    { "rules", "direct", s5a_set_direct, REPEATED },
    { "rules", "deny", s5a_set_deny, REPEATED },
    { "rules", "proxy", s5a_set_proxy_rule, NAMED },
    { "rules", "default", s5a_set_default, ONCE },
    { "forward", "wait", s5a_set_forward_wait, ONCE },
    { "forward", "/PATH", NULL, FREE },
    { "dns", "mode", s5a_set_dns_mode, ONCE },
    { "dns", "answers", s5a_set_dns_answers, ONCE },
    { "dns", "server", s5a_set_dns_server, ONCE },
    { "dns", "range4", s5a_set_range4, ONCE },
    { "dns", "range6", s5a_set_range6, ONCE },
    { "dns", "hosts", s5a_set_hosts, ONCE },
    { "udp", "mode", s5a_set_udp_mode, ONCE },
    { "udp", "transport", s5a_set_udp_transport, ONCE },
    { "udp", "relay", s5a_set_udp_relay, ONCE },
    { "inbound", "mode", s5a_set_inbound_mode, ONCE },
    { "inbound", "proxy", s5a_set_inbound_proxy, ONCE },
    { "inbound", "peer", s5a_set_inbound_peer, ONCE },
    { "limits", "connect_timeout", s5a_set_timeout, ONCE },
    { "exec", "unshimmed", s5a_set_unshimmed, ONCE },
    { "log", "level", s5a_set_log_level, ONCE },
    { "log", "file", s5a_set_log_file, ONCE },
    { "state", "dir", s5a_set_state_dir, ONCE },
};

enum { KEYS = sizeof(keys) / sizeof(keys[0]) };
_Static_assert(KEYS <= 64, "struct s5a_draft_proxy.seen has a bit for each key");

const char *s5a_config_find_section(struct s5a_span name)
{
    for (size_t i = 0; i < KEYS; i++)
        if (s5a_word_is(name, keys[i].section))
            return keys[i].section;
    return NULL;
}

/* ---- keys ---- */

static bool fail_unknown(struct s5a_config_file *file, const char *name)
{
    char known[384] = "";
    struct s5a_writer w;
    s5a_writer_init(&w, known, sizeof(known) - 1);
    for (size_t i = 0; i < KEYS; i++) {
        if (keys[i].section != file->section)
            continue;
        s5a_write_span(&w, s5a_word(s5a_writer_len(&w) > 0 ? ", " : ""));
        s5a_write_span(&w, s5a_word(keys[i].name));
        s5a_write_span(&w, s5a_word(keys[i].kind == NAMED ? " NAME" : ""));
    }
    return s5a_draft_fail(file->draft, "key \"%.40s\" in [%s], expected one of: %s", name,
                          file->section, known);
}

static const struct key *find_key(const struct s5a_config_file *file, struct s5a_span name)
{
    for (size_t i = 0; i < KEYS; i++)
        if (keys[i].section == file->section &&
            (keys[i].kind == FREE || s5a_word_is(name, keys[i].name)))
            return &keys[i];
    return NULL;
}

static bool is_first(struct s5a_config_file *file, const struct key *key)
{
    bool of_proxy = strcmp(key->section, "proxy") == 0;
    uint64_t *seen = of_proxy ? &file->draft->proxy->seen : &file->seen;
    uint64_t bit = UINT64_C(1) << (key - keys);
    bool first = (*seen & bit) == 0;
    *seen |= bit;
    return first || key->kind != ONCE;
}

/* inih ends a value at " ;", and a password that was cut would only be refused by the proxy. */
static bool has_comment(struct s5a_span line)
{
    for (size_t i = 1; i < line.len; i++)
        if (line.at[i] == ';' && (line.at[i - 1] == ' ' || line.at[i - 1] == '\t'))
            return true;
    return false;
}

static bool set(struct s5a_config_file *file, const struct key *key, struct s5a_span word,
                const char *value)
{
    struct s5a_draft *draft = file->draft;
    draft->key = key->name;
    if (!is_first(file, key))
        return s5a_draft_fail(draft, "%s for the second time, expected it once", key->name);
    if (value[0] == '\0')
        return s5a_draft_fail(draft, "%s without a value, expected one", key->name);
    if (key->set == s5a_set_password && has_comment(file->line))
        return s5a_draft_fail(draft, "a password line with \" ;\", where a comment begins, "
                                     "expected none: put the password into a password_file");
    if (key->kind == NAMED)
        draft->proxy = s5a_draft_mention(draft, word);
    if (key->kind == FREE)
        return s5a_set_forward(draft, word, value);
    return (key->kind != NAMED || draft->proxy != NULL) && key->set(draft, value);
}

/* inih's handler: 0 is an error. */
static int handle(void *context, const char *section, const char *name, const char *value)
{
    struct s5a_config_file *file = context;
    struct s5a_span rest = s5a_word(name);
    struct s5a_span word, argument;
    (void)section; /* cut at 50 bytes */
    if (file->draft->failed)
        return 0;
    if (file->section == NULL)
        return s5a_draft_fail(file->draft, "a key before the first section, expected [SECTION]");
    s5a_word_next(&rest, &word);
    bool named = s5a_word_next(&rest, &argument);
    const struct key *key = find_key(file, word);
    if (key == NULL || named != (key->kind == NAMED) || s5a_word_trim(rest).len > 0)
        return fail_unknown(file, name);
    return set(file, key, key->kind == FREE ? word : argument, value);
}

bool s5a_config_read_text(struct s5a_draft *draft, struct s5a_span text)
{
    struct s5a_config_file file = { .draft = draft, .rest = text };
    int first = ini_parse_stream(s5a_config_read_line, &file, handle, &file);
    bool is_syntax = first > 0 && (!draft->failed || (unsigned)first < draft->line);
    if (is_syntax) {
        draft->failed = false; /* what failed stands behind it */
        return s5a_draft_fail_at(draft, (unsigned)first,
                                 "a line without \"=\", expected KEY = VALUE or [SECTION]");
    }
    draft->line = 0;
    return !draft->failed;
}

/* The environment over the file. */
#include "client/config/setters.h"
#include "client/config/sources.h"

#include "client/word.h"

struct variable {
    const char *name;
    s5a_setter *set;
};

static const struct variable of_process[] = {
    { "SOCKS5A_DNS", s5a_set_dns_mode },
    { "SOCKS5A_UDP", s5a_set_udp_mode },
    { "SOCKS5A_INBOUND", s5a_set_inbound_mode },
    { "SOCKS5A_TIMEOUT", s5a_set_timeout },
    { "SOCKS5A_LOG", s5a_set_log_level },
    { "SOCKS5A_LOG_FILE", s5a_set_log_file },
    { "SOCKS5A_STATE_DIR", s5a_set_state_dir },
    { "SOCKS5A_EXEC_UNSHIMMED", s5a_set_unshimmed },
    { NULL, NULL },
};

static const struct variable of_default_proxy[] = {
    { "SOCKS5A_USER", s5a_set_user },
    { "SOCKS5A_PASSWORD_FILE", s5a_set_password_file },
    { "SOCKS5A_PASSWORD", s5a_set_password },
    { "SOCKS5A_PIPELINE", s5a_set_pipeline },
    { "SOCKS5A_TOL", s5a_set_tol },
    { "SOCKS5A_REQUIRE", s5a_set_require },
    { NULL, NULL },
};

static bool read_variable(struct s5a_draft *draft, const struct variable *variable)
{
    const char *value = s5a_draft_getenv(draft, variable->name);
    draft->variable = variable->name;
    return value == NULL || variable->set(draft, value);
}

static bool read_variables(struct s5a_draft *draft, const struct variable *at)
{
    for (; at->name != NULL; at++)
        if (!read_variable(draft, at))
            return false;
    return true;
}

bool s5a_config_read_environment_first(struct s5a_draft *draft)
{
    return read_variable(draft, &(struct variable){ "SOCKS5A_DIRECT", s5a_set_direct });
}

/* ---- the proxy ---- */

static bool define_default(struct s5a_draft *draft, const char *variable, const char *value,
                           bool overrides)
{
    draft->variable = variable;
    draft->proxy = s5a_draft_define(draft, s5a_word("default"));
    if (draft->proxy == NULL || !s5a_set_address(draft, value))
        return false;
    if (overrides || !draft->has_default)
        draft->config->default_proxy = draft->proxy->proxy;
    return true;
}

/* Other schemes in ALL_PROXY are other programs' business. */
static bool is_socks_url(const char *value)
{
    static const char *const schemes[] = { "socks5://", "socks5h://", NULL };
    for (const char *const *scheme = schemes; *scheme != NULL; scheme++) {
        struct s5a_span prefix = s5a_word(*scheme);
        if (s5a_word_equal_nocase(s5a_word_head(s5a_word(value), prefix.len), prefix))
            return true;
    }
    return false;
}

static bool read_all_proxy(struct s5a_draft *draft)
{
    static const char *const names[] = { "ALL_PROXY", "all_proxy", NULL };
    for (const char *const *name = names; *name != NULL; name++) {
        const char *value = s5a_draft_getenv(draft, *name);
        if (value != NULL && is_socks_url(value))
            return define_default(draft, *name, value, false);
    }
    return true;
}

static bool read_proxy(struct s5a_draft *draft)
{
    const char *value = s5a_draft_getenv(draft, "SOCKS5A_PROXY");
    if (value != NULL)
        return define_default(draft, "SOCKS5A_PROXY", value, true);
    if (draft->config->proxies == NULL)
        return read_all_proxy(draft);
    if (!draft->has_default)
        draft->config->default_proxy = draft->config->proxies;
    return true;
}

/* Log-ins without a proxy to send them to are left alone. */
static bool read_login(struct s5a_draft *draft)
{
    draft->proxy = s5a_draft_default(draft);
    return draft->proxy == NULL || read_variables(draft, of_default_proxy);
}

static bool check_login(struct s5a_draft *draft)
{
    draft->variable = "SOCKS5A_PASSWORD";
    if (draft->proxy == NULL || s5a_draft_getenv(draft, "SOCKS5A_PASSWORD") == NULL ||
        draft->proxy->proxy->user != NULL)
        return true;
    return s5a_draft_fail(draft, "a password, expected SOCKS5A_USER too");
}

bool s5a_config_read_environment(struct s5a_draft *draft)
{
    draft->line = 0;
    draft->password_allowed = true;
    if (!read_proxy(draft) || !read_login(draft) || !check_login(draft) ||
        !read_variables(draft, of_process))
        return false;
    draft->variable = "SOCKS5A_PROXY"; /* of a proxy that the environment defines */
    return true;
}

/* The configuration of a process: found, loaded, asked for routes. */
#include "client/config/config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/config/setters.h"
#include "client/config/sources.h"
#include "client/config/small_file.h"
#include "client/word.h"

enum { FILE_MAX = 1 << 20 };

void s5a_config_free(struct s5a_config *config)
{
    if (config == NULL)
        return;
    while (config->proxies != NULL) {
        struct s5a_proxy *next = config->proxies->next;
        s5a_proxy_free(config->proxies);
        config->proxies = next;
    }
    s5a_rules_free(config->rules);
    s5a_forward_free_all(config->forwards);
    free(config->inbound_peer);
    free(config->hosts_file);
    free(config->log_file);
    free(config->state_dir);
    free(config->source);
    free(config);
}

/* ---- the file ---- */

struct found {
    char *path; /* owned; NULL: no file */
    struct s5a_small_file file;
};

static bool is_absent(int error)
{
    return error == -ENOENT || error == -ENOTDIR;
}

/* True where there is nothing to look for elsewhere: it was read, or the draft has failed. */
static bool try_file(struct s5a_draft *draft, struct found *found, const char *path, bool optional)
{
    int error = s5a_small_file_read(&found->file, path, FILE_MAX);
    if (optional && is_absent(error))
        return false;
    draft->variable = path;
    if (error != 0) {
        s5a_draft_fail(draft, "%s, expected a configuration", s5a_errno_text(-error));
        return true;
    }
    found->path = s5a_word_copy(s5a_word(path));
    if (found->path == NULL)
        s5a_draft_fail_memory(draft);
    return true;
}

static bool try_file_below(struct s5a_draft *draft, struct found *found, const char *dir,
                           const char *rest)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s%s", dir, rest);
    return len > 0 && (size_t)len < sizeof(path) && try_file(draft, found, path, true);
}

static bool try_file_of_user(struct s5a_draft *draft, struct found *found)
{
    const char *config_home = s5a_draft_getenv(draft, "XDG_CONFIG_HOME");
    const char *home = s5a_draft_getenv(draft, "HOME");
    if (config_home != NULL && config_home[0] == '/')
        return try_file_below(draft, found, config_home, "/socks5a/socks5a.conf");
    if (home != NULL && home[0] == '/')
        return try_file_below(draft, found, home, "/.config/socks5a/socks5a.conf");
    return false;
}

/* A relative path would mean another file after each chdir. */
static void find_file(struct s5a_draft *draft, struct found *found)
{
    const char *named = draft->getenv_fn("SOCKS5A_CONF");
    draft->variable = "SOCKS5A_CONF";
    if (named == NULL) {
        if (!try_file_of_user(draft, found))
            try_file(draft, found, "/etc/socks5a.conf", true);
    } else if (named[0] == '/') {
        try_file(draft, found, named, false);
    } else if (named[0] != '\0') {
        s5a_draft_fail_value(draft, named, "an absolute path");
    }
}

/* ---- loading ---- */

struct input {
    const char *name; /* NULL: no file */
    bool is_private;
    struct s5a_span text;
};

static bool read_input(struct s5a_draft *draft, const struct input *input)
{
    draft->file = input->name;
    draft->password_allowed = input->is_private;
    if (input->name == NULL)
        return true;
    return s5a_config_read_text(draft, input->text) &&
           s5a_value_copy(draft, s5a_word(input->name), &draft->config->source);
}

static enum s5a_status finish(struct s5a_draft *draft, const struct input *input,
                              struct s5a_config **out)
{
    bool whole = !draft->failed && s5a_config_read_environment_first(draft) &&
                 read_input(draft, input) && s5a_config_read_environment(draft) &&
                 s5a_draft_finish(draft);
    if (whole) {
        *out = draft->config;
        draft->config = NULL;
    }
    s5a_draft_wipe(draft);
    return whole ? S5A_OK : S5A_BAD_CONFIG;
}

enum s5a_status s5a_config_load(struct s5a_config **out, s5a_getenv_fn *getenv_fn, char *error,
                                size_t cap)
{
    struct s5a_draft draft;
    struct found found = { .path = NULL };
    *out = NULL;
    if (s5a_draft_init(&draft, getenv_fn, error, cap))
        find_file(&draft, &found);
    enum s5a_status status = finish(
        &draft,
        &(struct input){ found.path, found.file.is_private, { found.file.bytes, found.file.len } },
        out);
    s5a_small_file_wipe(&found.file);
    free(found.path);
    return status;
}

enum s5a_status s5a_config_load_text(struct s5a_config **out, s5a_getenv_fn *getenv_fn,
                                     const char *name, bool is_private, struct s5a_span text,
                                     char *error, size_t cap)
{
    struct s5a_draft draft;
    *out = NULL;
    if (!s5a_draft_init(&draft, getenv_fn, error, cap)) {
        s5a_draft_wipe(&draft);
        return S5A_BAD_CONFIG;
    }
    return finish(&draft, &(struct input){ name, is_private, text }, out);
}

/* ---- routes ---- */

static bool is_same_place(const struct s5a_address *a, const struct s5a_address *b)
{
    struct s5a_address plain_a = s5a_address_canonical(a);
    struct s5a_address plain_b = s5a_address_canonical(b);
    if (plain_a.type == S5A_ATYP_NAME && plain_b.type == S5A_ATYP_NAME)
        return s5a_word_equal_nocase(plain_a.text, plain_b.text);
    return s5a_address_equal(&plain_a, &plain_b);
}

/* A proxy behind another one is no endpoint of ours: going there directly would show it. */
static bool is_own_endpoint(const struct s5a_config *config, const struct s5a_target *target)
{
    for (const struct s5a_proxy *at = config->proxies; at != NULL; at = at->next)
        if (at->via_name == NULL && at->at.port == target->port &&
            is_same_place(&at->at.address, &target->address))
            return true;
    return false;
}

static struct s5a_route fallback(const struct s5a_config *config)
{
    if (config->default_proxy != NULL)
        return (struct s5a_route){ S5A_ROUTE_PROXY, config->default_proxy, "default", false };
    if (config->default_direct)
        return (struct s5a_route){ S5A_ROUTE_DIRECT, NULL, "default", false };
    return (struct s5a_route){ S5A_ROUTE_DENY, NULL,
                               config->proxies == NULL ? "no proxy is configured" : "default",
                               false };
}

struct s5a_route s5a_config_route(const struct s5a_config *config, const struct s5a_target *target,
                                  enum s5a_transport transport)
{
    return s5a_config_route_named(config, target, s5a_word(""), transport);
}

struct s5a_route s5a_config_route_named(const struct s5a_config *config,
                                        const struct s5a_target *target, struct s5a_span name,
                                        enum s5a_transport transport)
{
    if (transport == S5A_TCP && is_own_endpoint(config, target))
        return (struct s5a_route){ S5A_ROUTE_DIRECT, NULL, "a proxy's own address", false };
    return s5a_rules_find_named(config->rules, target, name, transport, fallback(config));
}

bool s5a_config_needs_resolver(const struct s5a_config *config)
{
    bool is_name = false;
    for (const struct s5a_proxy *proxy = config->proxies; proxy != NULL; proxy = proxy->next)
        is_name |= proxy->at.address.type == S5A_ATYP_NAME && !s5a_endpoint_is_scoped(&proxy->at);
    return is_name || config->dns_mode == S5A_DNS_LOCAL || config->default_direct ||
           s5a_rules_make_names_direct(config->rules);
}

/* One setter a key: the section proxy. No error shows a value that may hold a password. */
#include "client/config/setters.h"

#include <stdlib.h>
#include <string.h>

#include "client/config/small_file.h"
#include "client/word.h"

enum { PASSWORD_FILE_MAX = S5A_SECRET_MAX + 1 }; /* and its newline */

/* What stands before an "@" or inside a URL may be a password. */
static const char *without_login(const char *value)
{
    bool is_unix = strncmp(value, "unix:", strlen("unix:")) == 0;
    if (!is_unix && (strchr(value, '@') != NULL || strstr(value, "//") != NULL))
        return "(not shown: it may hold a password)";
    return value;
}

static bool fail_readable(struct s5a_draft *draft)
{
    return s5a_draft_fail(draft, "a password in a file that others may read, expected mode 0600 "
                                 "for the file, or password_file");
}

static bool has_password(const char *value)
{
    struct s5a_proxy_url url;
    return s5a_proxy_url_parse(&url, s5a_word(value)) == S5A_OK && url.password.len > 0;
}

bool s5a_set_address(struct s5a_draft *draft, const char *value)
{
    if (!draft->password_allowed && has_password(value))
        return fail_readable(draft);
    enum s5a_status status = s5a_proxy_set_where(draft->proxy->proxy, value);
    if (status == S5A_OK)
        return true;
    if (status != S5A_MALFORMED)
        return s5a_draft_fail_memory(draft);
    return s5a_draft_fail_value(draft, without_login(value),
                                "HOST:PORT, [IPV6]:PORT, unix:/PATH, unix:@NAME or "
                                "socks5://[USER:PASSWORD@]HOST:PORT");
}

bool s5a_set_method(struct s5a_draft *draft, const char *value)
{
    static const char *const policies[] = { "auto", "none", "password", "eaf", "chain", NULL };
    unsigned index;
    if (!s5a_value_choose(draft, value, policies, &index))
        return false;
    draft->proxy->proxy->methods = (enum s5a_method_policy)index;
    return true;
}

bool s5a_set_pool(struct s5a_draft *draft, const char *value)
{
    uint32_t count;
    if (!s5a_word_number(s5a_word(value), 0, S5A_POOL_MAX, &count))
        return s5a_draft_fail_value(draft, value, "a number of sessions from 0 to 16");
    draft->proxy->proxy->pool = count;
    return true;
}

bool s5a_set_pool_target(struct s5a_draft *draft, const char *value)
{
    struct s5a_proxy *proxy = draft->proxy->proxy;
    if (!s5a_value_copy(draft, s5a_word(value), &proxy->pool_target_text))
        return false;
    if (!s5a_is_url(s5a_word(value)) &&
        s5a_endpoint_parse(&proxy->pool_target, s5a_word(proxy->pool_target_text)) == S5A_OK &&
        proxy->pool_target.port != 0)
        return true;
    return s5a_draft_fail_value(draft, value, "HOST:PORT or [IPV6]:PORT");
}

bool s5a_set_resolve(struct s5a_draft *draft, const char *value)
{
    static const char *const ways[] = { "auto", "tor", NULL };
    unsigned index;
    if (!s5a_value_choose(draft, value, ways, &index))
        return false;
    draft->proxy->proxy->is_tor = index == 1;
    return true;
}

bool s5a_set_pipeline(struct s5a_draft *draft, const char *value)
{
    static const char *const settings[] = { "auto", "on", "off", NULL };
    unsigned index;
    if (!s5a_value_choose(draft, value, settings, &index))
        return false;
    draft->proxy->proxy->pipeline = (enum s5a_pipeline)index;
    return true;
}

bool s5a_set_user(struct s5a_draft *draft, const char *value)
{
    size_t len = strlen(value);
    if (len == 0 || len > S5A_SECRET_MAX)
        return s5a_draft_fail_value(draft, value, "a user name of 1 to 255 bytes");
    return s5a_value_copy(draft, s5a_word(value), &draft->proxy->proxy->user);
}

static bool set_secret(struct s5a_draft *draft, struct s5a_span password)
{
    if (password.len == 0 || !s5a_secret_set(&draft->proxy->proxy->password, password))
        return s5a_draft_fail(draft, "a password of %zu bytes, expected 1 to 255", password.len);
    return true;
}

bool s5a_set_password(struct s5a_draft *draft, const char *value)
{
    if (!draft->password_allowed)
        return fail_readable(draft);
    return set_secret(draft, s5a_word(value));
}

static bool take_password(struct s5a_draft *draft, const char *path,
                          const struct s5a_small_file *file)
{
    size_t len = file->len;
    if (!file->is_private)
        return s5a_draft_fail(draft,
                              "password file %.80s, expected one that is yours or root's "
                              "with mode 0600",
                              path);
    if (len > 0 && file->bytes[len - 1] == '\n')
        len--;
    return set_secret(draft, (struct s5a_span){ file->bytes, len });
}

static bool read_password(struct s5a_draft *draft, const char *path)
{
    struct s5a_small_file file;
    int error = s5a_small_file_read(&file, path, PASSWORD_FILE_MAX);
    if (error != 0)
        return s5a_draft_fail(draft, "password file %.80s: %s, expected one of 1 to 255 bytes",
                              path, s5a_errno_text(-error));
    bool taken = take_password(draft, path, &file);
    s5a_small_file_wipe(&file);
    return taken;
}

bool s5a_set_password_file(struct s5a_draft *draft, const char *value)
{
    char *path = NULL;
    if (!s5a_value_path(draft, value, &path))
        return false;
    bool taken = read_password(draft, path);
    free(path);
    return taken;
}

bool s5a_set_via(struct s5a_draft *draft, const char *value)
{
    struct s5a_draft_proxy *via = s5a_draft_mention(draft, s5a_word(value));
    if (via == NULL)
        return false;
    draft->proxy->via_line = draft->line;
    return s5a_value_copy(draft, s5a_word(value), &draft->proxy->proxy->via_name);
}

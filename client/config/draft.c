/* A configuration in the making: its proxies by name, and its first error. */
#include "client/config/draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/word.h"

bool s5a_draft_init(struct s5a_draft *draft, s5a_getenv_fn *getenv_fn, char *error, size_t cap)
{
    *draft = (struct s5a_draft){ .getenv_fn = getenv_fn, .error = error, .cap = cap };
    if (cap > 0)
        error[0] = '\0';
    struct s5a_config *config = calloc(1, sizeof(*config));
    draft->config = config;
    if (config == NULL)
        return s5a_draft_fail_memory(draft);
    *config = (struct s5a_config){
        .fake4 = { s5a_address_ipv4((const uint8_t[]){ 198, 18, 0, 0 }), 15 },
        .fake6 = { s5a_address_ipv6(
                       (const uint8_t[16]){ 0xfd, 0x73, 0x6f, 0x63, 0x6b, 0x73, 0x35, 0x61 }),
                   96 },
        .rules = s5a_rules_new(),
        .hosts_file = s5a_word_copy(s5a_word("/etc/hosts")),
        .inbound_expects_last = true,
        .connect_timeout = 60000,
        .log_level = S5A_LOG_WARNING,
    };
    if (config->rules == NULL || config->hosts_file == NULL)
        return s5a_draft_fail_memory(draft);
    return true;
}

void s5a_draft_wipe(struct s5a_draft *draft)
{
    struct s5a_draft_proxy *at = draft->proxies;
    while (at != NULL) {
        struct s5a_draft_proxy *next = at->next;
        if (!at->is_defined)
            s5a_proxy_free(at->proxy);
        free(at);
        at = next;
    }
    s5a_config_free(draft->config);
    draft->config = NULL;
    draft->proxies = NULL;
}

/* ---- proxies ---- */

static struct s5a_draft_proxy *find(const struct s5a_draft *draft, struct s5a_span name)
{
    struct s5a_draft_proxy *at = draft->proxies;
    while (at != NULL && !s5a_word_is(name, at->proxy->name))
        at = at->next;
    return at;
}

static struct s5a_draft_proxy *add(struct s5a_draft *draft, const char *name)
{
    struct s5a_draft_proxy *made = calloc(1, sizeof(*made));
    struct s5a_proxy *proxy = name != NULL ? s5a_proxy_new(name) : NULL;
    if (made == NULL || proxy == NULL) {
        free(made);
        s5a_proxy_free(proxy);
        s5a_draft_fail_memory(draft);
        return NULL;
    }
    made->proxy = proxy;
    made->mentioned_line = draft->line;
    struct s5a_draft_proxy **end = &draft->proxies;
    while (*end != NULL)
        end = &(*end)->next;
    *end = made;
    return made;
}

struct s5a_draft_proxy *s5a_draft_mention(struct s5a_draft *draft, struct s5a_span name)
{
    struct s5a_draft_proxy *known = find(draft, name);
    if (known != NULL)
        return known;
    if (!s5a_word_is_label(name)) {
        s5a_draft_fail(draft, "proxy name \"%.*s\", expected up to 32 letters, digits, . - _",
                       (int)s5a_word_head(name, 64).len, (const char *)name.at);
        return NULL;
    }
    char *string = s5a_word_copy(name);
    struct s5a_draft_proxy *made = add(draft, string);
    free(string);
    return made;
}

static void append(struct s5a_config *config, struct s5a_proxy *proxy)
{
    struct s5a_proxy **end = &config->proxies;
    while (*end != NULL)
        end = &(*end)->next;
    *end = proxy;
}

/* Rules may point to the proxy already: it stays where it is. */
static bool reset(struct s5a_draft *draft, struct s5a_draft_proxy *at)
{
    struct s5a_proxy *blank = s5a_proxy_new(at->proxy->name);
    if (blank == NULL)
        return s5a_draft_fail_memory(draft);
    struct s5a_proxy old = *at->proxy;
    *at->proxy = *blank;
    at->proxy->next = old.next;
    *blank = old;
    s5a_wipe(&old, sizeof(old));
    s5a_proxy_free(blank);
    at->seen = 0;
    return true;
}

struct s5a_draft_proxy *s5a_draft_define(struct s5a_draft *draft, struct s5a_span name)
{
    struct s5a_draft_proxy *at = s5a_draft_mention(draft, name);
    if (at == NULL)
        return NULL;
    if (at->is_defined && !reset(draft, at))
        return NULL;
    if (!at->is_defined)
        append(draft->config, at->proxy);
    at->is_defined = true;
    at->defined_line = draft->line;
    return at;
}

struct s5a_draft_proxy *s5a_draft_default(const struct s5a_draft *draft)
{
    struct s5a_draft_proxy *at = draft->proxies;
    while (at != NULL && at->proxy != draft->config->default_proxy)
        at = at->next;
    return at;
}

const char *s5a_draft_getenv(const struct s5a_draft *draft, const char *name)
{
    const char *value = draft->getenv_fn(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* ---- errors ---- */

/* One line, whatever was found. */
static void make_printable(char *text)
{
    for (; *text != '\0'; text++)
        if ((uint8_t)*text < 0x20 || (uint8_t)*text >= 0x7f)
            *text = '?';
}

static void write_place(struct s5a_draft *draft, unsigned line)
{
    if (line > 0)
        snprintf(draft->error, draft->cap, "%s:%u: ", draft->file, line);
    else
        snprintf(draft->error, draft->cap, "%s: ", draft->variable);
}

S5A_PRINTF(3, 0)
static void note(struct s5a_draft *draft, unsigned line, const char *format, va_list args)
{
    if (draft->failed)
        return;
    draft->failed = true;
    if (draft->cap == 0)
        return;
    write_place(draft, line);
    size_t len = strlen(draft->error);
    vsnprintf(draft->error + len, draft->cap - len, format, args);
    make_printable(draft->error);
}

bool s5a_draft_fail(struct s5a_draft *draft, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    note(draft, draft->line, format, args);
    va_end(args);
    return false;
}

bool s5a_draft_fail_at(struct s5a_draft *draft, unsigned line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    note(draft, line, format, args);
    va_end(args);
    return false;
}

bool s5a_draft_fail_value(struct s5a_draft *draft, const char *value, const char *expected)
{
    if (draft->line == 0)
        return s5a_draft_fail(draft, "\"%.80s\", expected %s", value, expected);
    return s5a_draft_fail(draft, "%s = \"%.80s\", expected %s", draft->key, value, expected);
}

bool s5a_draft_fail_memory(struct s5a_draft *draft)
{
    if (!draft->failed)
        snprintf(draft->error, draft->cap, "no memory for the configuration");
    draft->failed = true;
    return false;
}

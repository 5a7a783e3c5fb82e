/* The table of settings, for the INI file and the command line alike. */
#include "server/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

typedef bool set_fn(struct s5ad_settings *settings, const char *value,
                    struct s5ad_problem *problem);

static bool set_text(char **to, const char *value, struct s5ad_problem *problem)
{
    char *copy = strdup(value);
    if (!copy)
        return s5ad_problem_set(problem, "out of memory");
    free(*to);
    *to = copy;
    return true;
}

static bool expected(struct s5ad_problem *problem, const char *found, const char *what)
{
    return s5ad_problem_set(problem, "found \"%.200s\", expected %s", found, what);
}

static bool set_listen(struct s5ad_settings *settings, const char *value,
                       struct s5ad_problem *problem)
{
    struct s5ad_sockaddr at;
    size_t path_max = sizeof((struct sockaddr_un *)NULL)->sun_path - 1;
    bool is_unix = strncmp(value, "unix:/", 6) == 0 && strlen(value + 5) <= path_max;
    if (!is_unix && !s5ad_sockaddr_parse(&at, value))
        return expected(problem, value, "IPv4:PORT, [IPv6]:PORT or unix:/path");
    if (settings->listen_count == S5AD_LISTEN_MAX)
        return s5ad_problem_set(problem, "at most %d listeners", S5AD_LISTEN_MAX);
    return set_text(&settings->listen[settings->listen_count++], value, problem);
}

static bool set_users(struct s5ad_settings *settings, const char *value,
                      struct s5ad_problem *problem)
{
    return set_text(&settings->users, value, problem);
}

static bool set_bool(bool *to, const char *value, struct s5ad_problem *problem)
{
    bool yes = !strcmp(value, "yes") || !strcmp(value, "true") || !strcmp(value, "1");
    bool no = !strcmp(value, "no") || !strcmp(value, "false") || !strcmp(value, "0");
    *to = yes;
    return yes || no || expected(problem, value, "yes or no");
}

static bool set_anonymous(struct s5ad_settings *settings, const char *value,
                          struct s5ad_problem *problem)
{
    return set_bool(&settings->anonymous, value, problem);
}

static bool add_rule(struct s5ad_settings *settings, bool allow, const char *value,
                     struct s5ad_problem *problem)
{
    struct s5ad_acl_rule rule;
    if (!s5ad_acl_rule_parse(&rule, value))
        return expected(problem, value, "an address or ADDRESS/BITS with zeros behind the prefix");
    rule.allow = allow;
    return s5ad_acl_add(&settings->acl, &rule) || s5ad_problem_set(problem, "out of memory");
}

static bool set_allow(struct s5ad_settings *settings, const char *value,
                      struct s5ad_problem *problem)
{
    return add_rule(settings, true, value, problem);
}

static bool set_deny(struct s5ad_settings *settings, const char *value,
                     struct s5ad_problem *problem)
{
    return add_rule(settings, false, value, problem);
}

static bool set_allow_loopback(struct s5ad_settings *settings, const char *value,
                               struct s5ad_problem *problem)
{
    return set_bool(&settings->acl.allow_loopback, value, problem);
}

static bool set_nameserver(struct s5ad_settings *settings, const char *value,
                           struct s5ad_problem *problem)
{
    return set_text(&settings->nameservers, value, problem);
}

static bool set_hosts(struct s5ad_settings *settings, const char *value,
                      struct s5ad_problem *problem)
{
    return set_text(&settings->hosts, value, problem);
}

static bool set_number(unsigned long *to, const char *value, unsigned long max, const char *what,
                       struct s5ad_problem *problem)
{
    char *end = NULL;
    errno = 0;
    if (*value >= '0' && *value <= '9')
        *to = strtoul(value, &end, 10);
    return (end && *end == '\0' && errno == 0 && *to <= max) || expected(problem, value, what);
}

/* Seconds, or milliseconds with "ms" behind them. */
static bool set_duration(uint64_t *to, const char *value, struct s5ad_problem *problem)
{
    static const char what[] = "seconds (10, 10s) or milliseconds (500ms), above 0";
    char *end = NULL;
    unsigned long number = 0;
    errno = 0;
    if (*value >= '0' && *value <= '9')
        number = strtoul(value, &end, 10);
    if (!end || errno != 0 || number == 0 || number > 1000000000)
        return expected(problem, value, what);
    bool seconds = *end == '\0' || !strcmp(end, "s");
    if (!seconds && strcmp(end, "ms") != 0)
        return expected(problem, value, what);
    *to = (uint64_t)number * (seconds ? 1000 : 1);
    return true;
}

static bool set_handshake_timeout(struct s5ad_settings *settings, const char *value,
                                  struct s5ad_problem *problem)
{
    return set_duration(&settings->handshake_ms, value, problem);
}

static bool set_connect_timeout(struct s5ad_settings *settings, const char *value,
                                struct s5ad_problem *problem)
{
    return set_duration(&settings->connect_ms, value, problem);
}

static bool set_drain_timeout(struct s5ad_settings *settings, const char *value,
                              struct s5ad_problem *problem)
{
    return set_duration(&settings->drain_ms, value, problem);
}

static bool set_max_sessions(struct s5ad_settings *settings, const char *value,
                             struct s5ad_problem *problem)
{
    unsigned long number = 0;
    if (!set_number(&number, value, 10000000, "a number of sessions", problem))
        return false;
    settings->max_sessions = (unsigned)number;
    return true;
}

static bool set_log_level(struct s5ad_settings *settings, const char *value,
                          struct s5ad_problem *problem)
{
    static const char *const names[] = { "error", "warning", "info", "debug" };
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strcmp(value, names[i])) {
            settings->log_level = (enum s5ad_log_level)i;
            return true;
        }
    return expected(problem, value, "error, warning, info or debug");
}

static bool set_ready_fd(struct s5ad_settings *settings, const char *value,
                         struct s5ad_problem *problem)
{
    unsigned long number = 0;
    if (!set_number(&number, value, 65535, "the number of a descriptor", problem))
        return false;
    settings->ready_fd = (int)number;
    return true;
}

/* An option is its key with "-" for "_"; without a value it means "yes". */
static const struct setting {
    const char *section, *key; /* section NULL: no key of the file */
    enum s5ad_option_kind kind;
    set_fn *set;
    const char *help;
} table[] = {
    /* clang-format off */
    { "server", "listen", S5AD_OPTION_VALUE, set_listen,
      "HOST:PORT or unix:/path; may be repeated (127.0.0.1:1080)" },
    { "server", "users", S5AD_OPTION_VALUE, set_users,
      "FILE with [user NAME] password = HASH; then clients must log in" },
    { "server", "anonymous", S5AD_OPTION_SWITCH, set_anonymous,
      "with users: serve clients without a log-in too" },
    { "acl", "allow", S5AD_OPTION_VALUE, set_allow,
      "CIDR that clients may reach; first rule that fits decides" },
    { "acl", "deny", S5AD_OPTION_VALUE, set_deny,
      "CIDR that clients may not reach" },
    { "acl", "allow_loopback", S5AD_OPTION_SWITCH, set_allow_loopback,
      "let clients reach 127.0.0.0/8 and ::1" },
    { "names", "nameserver", S5AD_OPTION_VALUE, set_nameserver,
      "IP[:PORT],... in place of /etc/resolv.conf" },
    { "names", "hosts", S5AD_OPTION_VALUE, set_hosts,
      "FILE in place of /etc/hosts" },
    { "limits", "max_sessions", S5AD_OPTION_VALUE, set_max_sessions,
      "sessions at once (as many as descriptors allow)" },
    { "limits", "handshake_timeout", S5AD_OPTION_VALUE, set_handshake_timeout,
      "seconds, or NNNms, from accept to request (10)" },
    { "limits", "connect_timeout", S5AD_OPTION_VALUE, set_connect_timeout,
      "the same for look-up and connect (30)" },
    { "limits", "drain_timeout", S5AD_OPTION_VALUE, set_drain_timeout,
      "the same for relays to end after SIGTERM (10)" },
    { "log", "log_level", S5AD_OPTION_VALUE, set_log_level,
      "error, warning, info or debug (warning)" },
    { NULL, "ready_fd", S5AD_OPTION_VALUE, set_ready_fd,
      "write the bound addresses to this descriptor, a line each" },
    /* clang-format on */
};

void s5ad_settings_init(struct s5ad_settings *settings)
{
    *settings = (struct s5ad_settings){
        .handshake_ms = 10000,
        .connect_ms = 30000,
        .drain_ms = 10000,
        .log_level = S5AD_LOG_WARNING,
        .ready_fd = -1,
    };
}

void s5ad_settings_wipe(struct s5ad_settings *settings)
{
    for (unsigned i = 0; i < settings->listen_count; i++)
        free(settings->listen[i]);
    free(settings->users);
    free(settings->nameservers);
    free(settings->hosts);
    s5ad_acl_wipe(&settings->acl);
    s5ad_settings_init(settings);
}

static const struct setting *find_key(const char *section, const char *key)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].section && !strcmp(table[i].section, section) && !strcmp(table[i].key, key))
            return &table[i];
    return NULL;
}

static bool is_option_of(const char *name, const char *key)
{
    for (; *key && *name; key++, name++)
        if (*name != (*key == '_' ? '-' : *key))
            return false;
    return *key == *name;
}

static const struct setting *find_option(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (is_option_of(name, table[i].key))
            return &table[i];
    return NULL;
}

static bool set_key(void *data, const char *section, const char *name, const char *value,
                    struct s5ad_problem *problem)
{
    const struct setting *setting = find_key(section, name);
    if (!setting)
        return s5ad_problem_set(problem,
                                "found \"%.60s\" in [%.60s], expected a key of [server], [acl], "
                                "[names], [limits] or [log]",
                                name, section);
    return setting->set(data, value, problem);
}

bool s5ad_settings_read(struct s5ad_settings *settings, const char *path,
                        struct s5ad_problem *problem)
{
    return s5ad_inifile_read(path, set_key, settings, problem);
}

enum s5ad_option_kind s5ad_settings_kind(const char *name)
{
    const struct setting *setting = find_option(name);
    return setting ? setting->kind : S5AD_OPTION_UNKNOWN;
}

bool s5ad_settings_option(struct s5ad_settings *settings, const char *name, const char *value,
                          struct s5ad_problem *problem)
{
    const struct setting *setting = find_option(name);
    if (!setting)
        return s5ad_problem_set(problem, "unknown option --%.100s", name);
    struct s5ad_problem inner = { "" };
    if (setting->set(settings, value ? value : "yes", &inner))
        return true;
    return s5ad_problem_set(problem, "--%.100s: %.300s", name, inner.text);
}

void s5ad_settings_help(void)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "--%s", table[i].key);
        for (char *at = name; *at; at++)
            if (*at == '_')
                *at = '-';
        printf("  %-22s %s\n", name, table[i].help);
    }
}

void s5ad_settings_adopt(struct s5ad_settings *settings, struct s5ad_settings *fresh)
{
    struct s5ad_acl acl = settings->acl;
    char *users = settings->users;
    settings->acl = fresh->acl;
    settings->users = fresh->users;
    fresh->acl = acl;
    fresh->users = users;
}

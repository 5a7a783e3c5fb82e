/* The command line of socks5ad. */
#include "server/options.h"

#include <string.h>

/* "--name", "--name=value", "--name value". */
struct option {
    char name[64];
    const char *value; /* NULL: none beside it */
};

static bool parse_long(struct option *option, const char *argument)
{
    const char *equals = strchr(argument + 2, '=');
    size_t len = equals ? (size_t)(equals - argument - 2) : strlen(argument + 2);
    if (len >= sizeof option->name)
        return false;
    memcpy(option->name, argument + 2, len);
    option->name[len] = '\0';
    option->value = equals ? equals + 1 : NULL;
    return true;
}

struct parsing {
    struct s5ad_settings *settings;
    struct s5ad_problem *problem;
    char **next; /* argument */
    const char *config;
    bool finding_config; /* first pass: look for -c only */
};

static enum s5ad_action wrong(struct parsing *parsing, const char *found, const char *what)
{
    s5ad_problem_set(parsing->problem, "found \"%.100s\", expected %s", found, what);
    return S5AD_ACTION_WRONG;
}

static enum s5ad_action take_config(struct parsing *parsing, const char *value)
{
    const char *path = value ? value : *parsing->next;
    if (!path)
        return wrong(parsing, "-c", "a file behind it");
    if (!value)
        parsing->next++;
    parsing->config = path;
    return S5AD_ACTION_SERVE;
}

static enum s5ad_action take_setting(struct parsing *parsing, struct option *option,
                                     const char *argument)
{
    enum s5ad_option_kind kind = s5ad_settings_kind(option->name);
    if (kind == S5AD_OPTION_UNKNOWN)
        return wrong(parsing, argument, "an option that --help lists");
    if (kind == S5AD_OPTION_VALUE && !option->value) {
        option->value = *parsing->next;
        if (!option->value)
            return wrong(parsing, argument, "a value behind it");
        parsing->next++;
    }
    if (parsing->finding_config)
        return S5AD_ACTION_SERVE;
    bool set =
        s5ad_settings_option(parsing->settings, option->name, option->value, parsing->problem);
    return set ? S5AD_ACTION_SERVE : S5AD_ACTION_WRONG;
}

static enum s5ad_action take_short(struct parsing *parsing, const char *argument)
{
    if (!strcmp(argument, "-c"))
        return take_config(parsing, NULL);
    if (!strcmp(argument, "-h"))
        return S5AD_ACTION_HELP;
    if (strcmp(argument, "-v") != 0 && strcmp(argument, "-vv") != 0)
        return wrong(parsing, argument, "an option that --help lists");
    if (!parsing->finding_config)
        parsing->settings->log_level = argument[2] ? S5AD_LOG_DEBUG : S5AD_LOG_INFO;
    return S5AD_ACTION_SERVE;
}

static enum s5ad_action take(struct parsing *parsing)
{
    struct option option;
    const char *argument = *parsing->next++;
    if (strncmp(argument, "--", 2) != 0)
        return take_short(parsing, argument);
    if (!parse_long(&option, argument))
        return wrong(parsing, argument, "an option that --help lists");
    if (!strcmp(option.name, "config"))
        return take_config(parsing, option.value);
    if (!strcmp(option.name, "help"))
        return S5AD_ACTION_HELP;
    if (!strcmp(option.name, "version"))
        return S5AD_ACTION_VERSION;
    if (!strcmp(option.name, "hash-password"))
        return S5AD_ACTION_HASH;
    return take_setting(parsing, &option, argument);
}

static enum s5ad_action pass(struct parsing *parsing, char **argv)
{
    enum s5ad_action action = S5AD_ACTION_SERVE;
    parsing->next = argv + 1;
    while (*parsing->next && action == S5AD_ACTION_SERVE)
        action = take(parsing);
    return action;
}

enum s5ad_action s5ad_options_read(struct s5ad_settings *settings, int argc, char **argv,
                                   struct s5ad_problem *problem)
{
    struct parsing parsing = { .settings = settings, .problem = problem, .finding_config = true };
    if (argc < 1)
        return S5AD_ACTION_HELP;
    enum s5ad_action action = pass(&parsing, argv);
    if (action != S5AD_ACTION_SERVE)
        return action;
    if (parsing.config && !s5ad_settings_read(settings, parsing.config, problem))
        return S5AD_ACTION_WRONG;
    parsing.finding_config = false;
    return pass(&parsing, argv);
}

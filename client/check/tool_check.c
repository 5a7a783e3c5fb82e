/* socks5a-check: dials the proxy as a program would and says what it found. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/check/login.h"
#include "client/check/probe.h"
#include "client/check/report.h"
#include "client/word.h"

enum { WORKS = 0, FAILS = 1, USAGE = 2 };

/* A name that no resolver may know (RFC 6761, section 6.4), so that the request touches nobody. */
#define NOBODY "socks5a-check.invalid"

struct options {
    const char *proxy;
    const char *target;
    bool (*act)(const struct s5a_check *check); /* NULL: dial */
};

static int run(const struct s5a_check *check)
{
    s5a_report_begin(check);
    struct s5a_probe plain = s5a_probe_run(check, S5A_PIPELINE_OFF, check->config->connect_timeout);
    s5a_report_probe(check, &plain);
    if (s5a_probe_is_answered(check, &plain))
        s5a_report_early_bytes(s5a_probe_early_bytes(check, &plain));
    return s5a_report_result(check, &plain) ? WORKS : FAILS;
}

/* ---- the command line ---- */

static int complain(const char *what, const char *about)
{
    fprintf(stderr, "socks5a-check: %s%s\n", what, about);
    return USAGE;
}

static void help(void)
{
    puts("usage: socks5a-check [--proxy NAME] [--target HOST:PORT]\n"
         "       socks5a-check [--proxy NAME] --login | --logout | --status\n"
         "Dials the configured proxy and says what it found; or logs in there once for all\n"
         "programs, forgets that log-in, says how it stands. Exit status: 0 it works,\n"
         "1 it does not, 2 usage or configuration.");
    exit(WORKS);
}

static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {
        { "proxy", required_argument, NULL, 'p' }, { "target", required_argument, NULL, 't' },
        { "login", no_argument, NULL, 'i' },       { "logout", no_argument, NULL, 'o' },
        { "status", no_argument, NULL, 's' },      { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },     { NULL, 0, NULL, 0 },
    };
    int option;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 'p') {
            options->proxy = optarg;
        } else if (option == 't') {
            options->target = optarg;
        } else if (option == 'i') {
            options->act = s5a_log_in;
        } else if (option == 'o') {
            options->act = s5a_log_out;
        } else if (option == 's') {
            options->act = s5a_log_in_status;
        } else if (option == 'h') {
            help();
        } else if (option == 'V') {
            puts("socks5a-check " S5A_VERSION_TEXT);
            exit(WORKS);
        } else {
            return USAGE; /* getopt has said why */
        }
    }
    return optind == argc ? WORKS : complain("unexpected argument: ", argv[optind]);
}

/* An endpoint, but with a port of its own. */
static bool parse_target(struct s5a_target *out, const char *text)
{
    struct s5a_endpoint endpoint;
    size_t len = strlen(text);
    if (s5a_endpoint_parse(&endpoint, s5a_word(text)) != S5A_OK)
        return false;
    bool names_default = len > 5 && strcmp(text + len - 5, ":1080") == 0;
    if (endpoint.port == 0 || (endpoint.port == S5A_PORT_SOCKS && !names_default))
        return false;
    *out = (struct s5a_target){ endpoint.address, endpoint.port };
    return true;
}

static const struct s5a_proxy *find_proxy(const struct s5a_config *config, const char *name)
{
    if (name == NULL)
        return config->default_proxy;
    for (const struct s5a_proxy *proxy = config->proxies; proxy; proxy = proxy->next)
        if (strcmp(proxy->name, name) == 0)
            return proxy;
    return NULL;
}

static int check_config(const struct s5a_config *config, const struct options *options)
{
    struct s5a_check check = { .config = config, .given = options->target != NULL };
    s5a_log_setup(config->log_level, config->log_file);
    check.proxy = find_proxy(config, options->proxy);
    if (check.proxy == NULL)
        return complain("no such proxy is configured: ",
                        options->proxy ? options->proxy : "(default)");
    if (!parse_target(&check.target, check.given ? options->target : NOBODY ":9"))
        return complain("HOST:PORT expected, not ", options->target);
    if (options->act != NULL)
        return options->act(&check) ? WORKS : FAILS;
    return run(&check);
}

static const char *environment(const char *name)
{
    return getenv(name);
}

int main(int argc, char **argv)
{
    struct options options = { NULL, NULL, NULL };
    struct s5a_config *config;
    char error[512];
    int status = parse_options(argc, argv, &options);
    if (status != WORKS)
        return status;
    if (s5a_config_load(&config, environment, error, sizeof error) != S5A_OK)
        return complain(error, "");
    status = check_config(config, &options);
    s5a_config_free(config);
    return status;
}

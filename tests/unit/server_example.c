/* socks5ad.conf.example: it loads, and it has every key. */
#include "server/settings.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/handshake.h"

#define EXAMPLE "socks5ad.conf.example"
enum { EXAMPLE_CAP = 16384 };

static void read_example(char text[static EXAMPLE_CAP])
{
    FILE *file = fopen(EXAMPLE, "r");
    cr_assert_not_null(file, "tests run at the top of the tree");
    size_t len = fread(text, 1, EXAMPLE_CAP - 1, file);
    cr_assert(feof(file) && len > 0);
    text[len] = '\0';
    fclose(file);
}

/* "#key = value" becomes a setting, "# prose" stays. */
static void take_comments_off(char *text)
{
    char *to = text;
    bool at_start = true;
    for (const char *from = text; *from != '\0'; from++) {
        bool comments_out = at_start && *from == '#' && from[1] != ' ' && from[1] != '\n';
        at_start = *from == '\n';
        if (!comments_out)
            *to++ = *from;
    }
    *to = '\0';
}

static void load(struct s5ad_settings *settings, const char *path)
{
    struct s5ad_problem problem = { "" };
    s5ad_settings_init(settings);
    cr_assert(s5ad_settings_read(settings, path, &problem), "%s", problem.text);
}

Test(server_example, loads_and_says_what_holds_without_it)
{
    struct s5ad_settings settings, defaults;
    load(&settings, EXAMPLE);
    s5ad_settings_init(&defaults);
    cr_assert_eq(settings.listen_count, 1);
    cr_expect_str_eq(settings.listen[0], "127.0.0.1:1080");
    cr_expect_null(settings.users);
    cr_expect_eq(settings.anonymous, defaults.anonymous);
    cr_expect_eq(settings.methods, defaults.methods);
    cr_expect_null(settings.server_keys[0]);
    cr_expect_null(settings.network_key);
    cr_expect_null(settings.ticket_key);
    cr_expect_eq(settings.ticket_lifetime, defaults.ticket_lifetime);
    cr_expect_eq(settings.tol.least.level, defaults.tol.least.level);
    cr_expect_eq(settings.tol.least.sealed, defaults.tol.least.sealed);
    cr_expect_eq(settings.tol.level, defaults.tol.level);
    cr_expect_arr_eq(&settings.tol.shape, &defaults.tol.shape, sizeof defaults.tol.shape);
    cr_expect_eq(settings.acl.count, 0);
    cr_expect_eq(settings.acl.allow_loopback, defaults.acl.allow_loopback);
    cr_expect_eq(settings.max_sessions, defaults.max_sessions);
    cr_expect_eq(settings.max_handshakes, defaults.max_handshakes);
    cr_expect_eq(settings.max_sessions_per_user, defaults.max_sessions_per_user);
    cr_expect_eq(settings.handshake_ms, defaults.handshake_ms);
    cr_expect_eq(settings.connect_ms, defaults.connect_ms);
    cr_expect_eq(settings.drain_ms, defaults.drain_ms);
    cr_expect_eq(settings.log_level, defaults.log_level);
    cr_expect_eq(settings.udp, defaults.udp);
    cr_expect_eq(settings.bind, defaults.bind);
    cr_expect_eq(settings.pool, defaults.pool);
    cr_expect_eq(settings.pool_lifetime, defaults.pool_lifetime);
    cr_expect_eq(settings.bind_ms, defaults.bind_ms);
    cr_expect_eq(settings.udp_idle, defaults.udp_idle);
    cr_expect_eq(settings.udp_idle_max, defaults.udp_idle_max);
    cr_expect_eq(settings.udp_largest, defaults.udp_largest);
    cr_expect_eq(settings.max_waiting.all, defaults.max_waiting.all);
    cr_expect_eq(settings.max_waiting.each, defaults.max_waiting.each);
    cr_expect_eq(settings.max_udp.all, defaults.max_udp.all);
    cr_expect_eq(settings.max_udp.each, defaults.max_udp.each);
    cr_expect_eq(settings.max_pool.all, defaults.max_pool.all);
    cr_expect_eq(settings.max_pool.each, defaults.max_pool.each);
    cr_expect_eq(settings.max_bind.all, defaults.max_bind.all);
    cr_expect_eq(settings.max_bind.each, defaults.max_bind.each);
    cr_expect_eq(settings.rate.per_minute, defaults.rate.per_minute);
    cr_expect_eq(settings.rate.at_once, defaults.rate.at_once);
    cr_expect_eq(settings.sockets.count, 0);
    cr_expect_eq(settings.ports.low, 0);
    s5ad_settings_wipe(&settings);
}

Test(server_example, loads_with_all_its_settings)
{
    char text[EXAMPLE_CAP], path[] = "/tmp/server-example-XXXXXX";
    struct s5ad_settings settings;
    read_example(text);
    take_comments_off(text);
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    load(&settings, path);
    unlink(path);
    cr_expect_eq(settings.listen_count, 3);
    cr_expect_eq(settings.acl.count, 4);
    cr_expect_eq(settings.sockets.count, 2);
    cr_expect_eq(settings.ports.low, 40000);
    cr_expect_eq(settings.ports.high, 40999);
    cr_expect_eq(settings.told[0].any.sa_family, AF_INET);
    cr_expect_eq(settings.told[1].any.sa_family, AF_INET6);
    cr_expect_eq(settings.bind_at[0].any.sa_family, AF_INET);
    cr_expect_eq(settings.bind_at[1].any.sa_family, AF_INET6);
    cr_expect_not_null(settings.users);
    cr_expect_eq(settings.methods, S5AD_OFFER_TOL | S5AD_OFFER_EAF | S5AD_OFFER_CHAIN);
    cr_expect_not_null(settings.server_keys[1]);
    cr_expect_not_null(settings.network_key);
    cr_expect_not_null(settings.ticket_key);
    struct s5ad_problem problem;
    cr_expect(s5ad_settings_check(&settings, &problem), "%s", problem.text);
    cr_expect_not_null(settings.nameservers);
    cr_expect_not_null(settings.hosts);
    cr_expect_str_eq(settings.metrics, "/run/socks5ad.metrics");
    s5ad_settings_wipe(&settings);
}

/* The lines "  --a-key ..." of --help, which are the table. */
static FILE *open_help(void)
{
    FILE *help = tmpfile();
    cr_assert_not_null(help);
    fflush(stdout);
    int before = dup(STDOUT_FILENO);
    dup2(fileno(help), STDOUT_FILENO);
    s5ad_settings_help();
    fflush(stdout);
    dup2(before, STDOUT_FILENO);
    close(before);
    rewind(help);
    return help;
}

Test(server_example, has_every_key)
{
    char example[EXAMPLE_CAP], line[512], option[64], key[80];
    unsigned count = 0;
    read_example(example);
    take_comments_off(example);
    FILE *help = open_help();
    while (fgets(line, sizeof line, help) && sscanf(line, " --%60s", option) == 1) {
        if (strcmp(option, "ready-fd") == 0) /* of the command line alone */
            continue;
        for (char *at = option; *at; at++)
            if (*at == '-')
                *at = '_';
        snprintf(key, sizeof key, "\n%s = ", option);
        cr_expect_not_null(strstr(example, key), "%s", option);
        count++;
    }
    fclose(help);
    cr_expect_gt(count, 10);
}

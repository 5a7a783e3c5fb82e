/* server/settings and server/options: file and command line. */
#include "server/options.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/handshake.h"

static enum s5ad_action read_options(struct s5ad_settings *settings, struct s5ad_problem *problem,
                                     char **argv)
{
    int argc = 0;
    while (argv[argc])
        argc++;
    s5ad_settings_init(settings);
    return s5ad_options_read(settings, argc, argv, problem);
}

#define READ(settings, problem, ...) \
    read_options(settings, problem, (char *[]){ "socks5ad", __VA_ARGS__, NULL })

Test(server_settings, options_are_taken_with_space_and_equals)
{
    struct s5ad_settings settings;
    struct s5ad_problem problem = { "" };
    enum s5ad_action action =
        READ(&settings, &problem, "--listen", "127.0.0.1:0", "--listen=[::1]:9",
             "--handshake-timeout=250ms", "--drain-timeout", "3", "-vv", "--allow-loopback",
             "--deny=10.0.0.0/8", "--max-sessions", "7");
    cr_assert_eq(action, S5AD_ACTION_SERVE, "%s", problem.text);
    cr_expect_eq(settings.listen_count, 2);
    cr_expect_str_eq(settings.listen[1], "[::1]:9");
    cr_expect_eq(settings.handshake_ms, 250);
    cr_expect_eq(settings.drain_ms, 3000);
    cr_expect_eq(settings.connect_ms, 30000);
    cr_expect_eq(settings.log_level, S5AD_LOG_DEBUG);
    cr_expect(settings.acl.allow_loopback);
    cr_expect_eq(settings.acl.count, 1);
    cr_expect_eq(settings.max_sessions, 7);
    s5ad_settings_wipe(&settings);
}

Test(server_settings, wrong_values_are_refused)
{
    static char *const wrong[][2] = {
        { "--listen", "localhost:80" },
        { "--listen", "127.0.0.1" },
        { "--listen", "127.0.0.1:65536" },
        { "--listen", "::1:80" },
        { "--listen", "unix:relative" },
        { "--handshake-timeout", "0" },
        { "--handshake-timeout", "-1" },
        { "--handshake-timeout", "5m" },
        { "--connect-timeout", "" },
        { "--max-sessions", "many" },
        { "--log-level", "loud" },
        { "--ready-fd", "-1" },
        { "--allow", "10.0.0.0/33" },
        { "--allow-loopback=maybe", NULL },
        { "--users", NULL },
        { "--methods", "eaf, ssh" },
        { "--methods", "" },
        { "--methods", "eaf," },
        { "--ticket-lifetime", "8h" },
        { "--tol", "some" },
        { "--tol-mode", "open" },
        { "--tol-type", "off" },
        { "--tol-padding", "1 2" },
        { "--tol-padding", "1 2 4097" },
        { "--tol-padding", "1 2 3 4" },
        { "--tol-jitter", "20" },
        { "--tol-jitter", "20-20" },
        { "--tol-jitter", "1-20 even" },
        { "--tol-jitter", "1-20 normal x" },
        { "--tol-jitter", "1-10001" },
        { "--tol-delay-max", "1s" },
        { "--tol-dummies", "65536" },
        { "--tol-budget", "256" },
        { "--nonsense", NULL },
        { "--allow_loopback", NULL },
        { "-x", NULL },
        { "word", NULL },
        { "--", NULL },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct s5ad_settings settings;
        struct s5ad_problem problem = { "" };
        enum s5ad_action action = READ(&settings, &problem, wrong[i][0], wrong[i][1]);
        cr_expect_eq(action, S5AD_ACTION_WRONG, "%s", wrong[i][0]);
        cr_expect(problem.text[0], "%s", wrong[i][0]);
        s5ad_settings_wipe(&settings);
    }
}

static void write_file(char path[], const char *text)
{
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

Test(server_settings, options_override_the_file_wherever_they_stand)
{
    char path[] = "/tmp/server-settings-XXXXXX";
    struct s5ad_settings settings;
    struct s5ad_problem problem = { "" };
    write_file(path,
               "[limits]\nconnect_timeout = 5\ndrain_timeout = 6s\n[acl]\nallow_loopback = yes\n");
    enum s5ad_action action = READ(&settings, &problem, "--connect-timeout=9", "-c", path);
    unlink(path);
    cr_assert_eq(action, S5AD_ACTION_SERVE, "%s", problem.text);
    cr_expect_eq(settings.connect_ms, 9000);
    cr_expect_eq(settings.drain_ms, 6000);
    cr_expect(settings.acl.allow_loopback);
    s5ad_settings_wipe(&settings);
}

Test(server_settings, file_errors_name_file_and_line)
{
    static const char *const wrong[] = {
        "[server]\n\nlisten = nowhere\n",
        "[acl]\nallow = 10.0.0.0/8\nallow = x\n",
        "[limits]\n# comment\nready_fd = 3\n",
        "[server]\n\nallow_loopback = yes\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char path[] = "/tmp/server-settings-XXXXXX", prefix[64];
        struct s5ad_settings settings;
        struct s5ad_problem problem = { "" };
        write_file(path, wrong[i]);
        enum s5ad_action action = READ(&settings, &problem, "--config", path);
        unlink(path);
        snprintf(prefix, sizeof prefix, "%s:3: found \"", path);
        cr_expect_eq(action, S5AD_ACTION_WRONG);
        cr_expect_eq(strncmp(problem.text, prefix, strlen(prefix)), 0, "%s", problem.text);
        cr_expect(strstr(problem.text, "expected"), "%s", problem.text);
        s5ad_settings_wipe(&settings);
    }
}

Test(server_settings, offers_follow_from_keys_and_users)
{
    static const struct {
        char *argv[6];
        unsigned offers;
    } cases[] = {
        { { "socks5ad" }, S5AD_OFFER_NONE },
        { { "socks5ad", "--users=u" }, S5AD_OFFER_PASSWORD },
        { { "socks5ad", "--users=u", "--anonymous" }, S5AD_OFFER_PASSWORD | S5AD_OFFER_NONE },
        { { "socks5ad", "--users=u", "--server-key=k" },
          S5AD_OFFER_PASSWORD | S5AD_OFFER_EAF | S5AD_OFFER_CHAIN | S5AD_OFFER_TOL },
        { { "socks5ad", "--users=u", "--server-key=k", "--tol=bare" }, S5AD_OFFER_TOL },
        { { "socks5ad", "--server-key=k", "--tol=full", "--methods=tol,eaf" }, S5AD_OFFER_TOL },
        { { "socks5ad", "--users=u", "--server-key=k", "--methods", " chain ,eaf" },
          S5AD_OFFER_EAF | S5AD_OFFER_CHAIN },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct s5ad_settings settings;
        struct s5ad_problem problem = { "" };
        char *argv[6];
        memcpy(argv, cases[i].argv, sizeof argv);
        cr_assert_eq(read_options(&settings, &problem, argv), S5AD_ACTION_SERVE, "%s",
                     problem.text);
        cr_expect_eq(s5ad_settings_offers(&settings), cases[i].offers, "%zu", i);
        cr_expect(s5ad_settings_check(&settings, &problem), "%s", problem.text);
        s5ad_settings_wipe(&settings);
    }
}

Test(server_settings, what_cannot_be_together_is_refused)
{
    static char *const wrong[][5] = {
        { "socks5ad", "--methods=eaf" },
        { "socks5ad", "--methods=password" },
        { "socks5ad", "--ticket-key=t" },
        { "socks5ad", "--network-key=n" },
        { "socks5ad", "--ticket-lifetime=86401" },
        { "socks5ad", "--max-handshakes=0" },
        { "socks5ad", "--methods=tol" },
        { "socks5ad", "--tol=padding" },
        { "socks5ad", "--server-key=k", "--methods=eaf", "--tol=padding" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct s5ad_settings settings;
        struct s5ad_problem problem = { "" };
        char *argv[5];
        memcpy(argv, wrong[i], sizeof argv);
        cr_assert_eq(read_options(&settings, &problem, argv), S5AD_ACTION_SERVE, "%s",
                     problem.text);
        cr_expect_not(s5ad_settings_check(&settings, &problem), "%s", wrong[i][1]);
        s5ad_settings_wipe(&settings);
    }
}

Test(server_settings, tol_is_what_its_keys_say)
{
    struct s5ad_settings settings;
    struct s5ad_problem problem = { "" };
    enum s5ad_action action =
        READ(&settings, &problem, "--tol=padding", "--tol-mode=plain", "--tol-type", "full",
             "--tol-padding", " 1 2\t3 ", "--tol-jitter=5-50 exponential", "--tol-delay-max=7",
             "--tol-dummies=8", "--tol-budget=9");
    const struct s5ad_tol_config *tol = &settings.tol;
    cr_assert_eq(action, S5AD_ACTION_SERVE, "%s", problem.text);
    cr_expect_eq(tol->least.level, S5AD_TOL_PADDING);
    cr_expect_not(tol->least.sealed);
    cr_expect_eq(tol->level, S5AD_TOL_FULL);
    cr_expect_eq(tol->shape.padding[0].total_max, 1);
    cr_expect_eq(tol->shape.padding[2].total_max, 3);
    cr_expect_eq(tol->shape.delay.min, 5);
    cr_expect_eq(tol->shape.delay.max, 50);
    cr_expect_eq(tol->shape.delay.mode, S5A_TOL_EXPONENTIAL);
    cr_expect_eq(tol->shape.delay_max, 7);
    cr_expect_eq(tol->shape.dummy, 8);
    cr_expect_eq(tol->shape.budget_percent, 9);
    cr_expect(s5a_tol_shape_is_valid(&tol->shape));
    s5ad_settings_wipe(&settings);
}

/* client/config/environment: variables over the file. */
#include "tests/unit/config_lab.h"

#define PROXY_A "[proxy a]\naddress = a:1\n"

static bool error_says(const char *part)
{
    return strstr(lab_error, part) != NULL;
}

Test(config_environment, environment_goes_over_the_file)
{
    lab_setenv("SOCKS5A_DNS", "local");
    lab_setenv("SOCKS5A_UDP", "direct");
    lab_setenv("SOCKS5A_INBOUND", "local");
    lab_setenv("SOCKS5A_TIMEOUT", "7");
    lab_setenv("SOCKS5A_LOG", "debug");
    lab_setenv("SOCKS5A_LOG_FILE", "/l");
    lab_setenv("SOCKS5A_STATE_DIR", "/s");
    lab_setenv("SOCKS5A_EXEC_UNSHIMMED", "warn");
    struct s5a_config *config =
        lab_load("[dns]\nmode = deny\n[limits]\nconnect_timeout = 1\n"
                 "[udp]\nmode = block\n[log]\nlevel = error\nfile = /x\n[state]\ndir = /x\n"
                 "[exec]\nunshimmed = allow\n[inbound]\nmode = deny\n");
    cr_assert_eq(config->dns_mode, S5A_DNS_LOCAL);
    cr_assert_eq(config->inbound_mode, S5A_INBOUND_LOCAL);
    cr_assert_eq(config->udp_mode, S5A_UDP_DIRECT);
    cr_assert_eq(config->connect_timeout, 7000);
    cr_assert_eq(config->log_level, S5A_LOG_DEBUG);
    cr_assert_str_eq(config->log_file, "/l");
    cr_assert_str_eq(config->state_dir, "/s");
    cr_assert_eq(config->exec_unshimmed, S5A_EXEC_WARN);
    s5a_config_free(config);
}

Test(config_environment, empty_variables_are_not_set)
{
    lab_setenv("SOCKS5A_PROXY", "");
    lab_setenv("SOCKS5A_DNS", "");
    lab_setenv("SOCKS5A_USER", "");
    lab_setenv("SOCKS5A_DIRECT", "");
    struct s5a_config *config = lab_load(PROXY_A "[dns]\nmode = deny\n");
    cr_assert_eq(config->dns_mode, S5A_DNS_DENY);
    cr_assert_str_eq(config->default_proxy->name, "a");
    s5a_config_free(config);
}

Test(config_environment, errors_name_the_variable)
{
    lab_setenv("SOCKS5A_DNS", "fa\nke");
    LAB_FAILS("", "SOCKS5A_DNS: \"fa?ke\", expected fake, local, deny or resolve");
}

Test(config_environment, proxy_of_the_environment_is_the_default)
{
    lab_setenv("SOCKS5A_PROXY", "socks5://u:p%40@e:9");
    struct s5a_config *config = lab_load(PROXY_A "[rules]\ndefault = deny\n");
    cr_assert_str_eq(config->default_proxy->name, "default");
    cr_assert_str_eq(config->default_proxy->where, "e:9");
    cr_assert_str_eq(config->default_proxy->user, "u");
    cr_assert(lab_has_password(config->default_proxy, "p@"));
    cr_assert_str_eq(config->proxies->name, "a");
    s5a_config_free(config);
}

Test(config_environment, proxy_of_the_environment_may_be_a_unix_socket)
{
    lab_setenv("SOCKS5A_PROXY", "unix:/run/proxy");
    struct s5a_config *config = lab_load("");
    cr_assert_eq(config->default_proxy->at.address.type, S5A_ATYP_UNIX);
    s5a_config_free(config);
}

Test(config_environment, proxy_of_the_environment_replaces_one_named_default)
{
    lab_setenv("SOCKS5A_PROXY", "e:9");
    struct s5a_config *config =
        lab_load("[rules]\nproxy default = x.example\n" PROXY_A
                 "[proxy default]\naddress = f:1\nuser = u\npassword = p\nvia = a\n");
    struct s5a_target target = { { .type = S5A_ATYP_NAME, .text = span("x.example") }, 80 };
    struct s5a_route route = s5a_config_route(config, &target, S5A_TCP);
    cr_assert_eq(route.proxy, config->default_proxy);
    cr_assert_str_eq(route.proxy->where, "e:9");
    cr_assert_null(route.proxy->user);
    cr_assert_null(route.proxy->via);
    cr_assert_eq(route.proxy->password.len, 0);
    cr_assert_null(config->proxies->next->next);
    s5a_config_free(config);
}

Test(config_environment, file_may_name_the_proxy_of_the_environment)
{
    lab_setenv("SOCKS5A_PROXY", "e:9");
    struct s5a_config *config = lab_load(PROXY_A "via = default\n");
    cr_assert_eq(config->proxies->via, config->default_proxy);
    s5a_config_free(config);
}

Test(config_environment, wrong_proxy_of_the_environment_shows_no_password)
{
    lab_setenv("SOCKS5A_PROXY", "socks5://u:hunter2@e:0");
    LAB_FAILS_LIKE("", "SOCKS5A_PROXY: \"(not shown");
    cr_assert_not(error_says("hunter2"));
}

Test(config_environment, login_of_the_environment_goes_to_the_default_proxy)
{
    lab_setenv("SOCKS5A_USER", "alice");
    lab_setenv("SOCKS5A_PASSWORD", "hunter2");
    lab_setenv("SOCKS5A_PIPELINE", "on");
    struct s5a_config *config =
        lab_load(PROXY_A "[proxy b]\naddress = b\n[rules]\ndefault = proxy b\n");
    cr_assert_null(config->proxies->user);
    cr_assert_str_eq(config->default_proxy->user, "alice");
    cr_assert(lab_has_password(config->default_proxy, "hunter2"));
    cr_assert_eq(config->default_proxy->pipeline, S5A_PIPELINE_ON);
    s5a_config_free(config);
}

Test(config_environment, password_of_the_environment_needs_no_private_file)
{
    lab_setenv("SOCKS5A_USER", "alice");
    lab_setenv("SOCKS5A_PASSWORD", "hunter2");
    struct s5a_config *config = lab_try(PROXY_A, false);
    cr_assert_not_null(config, "%s", lab_error);
    s5a_config_free(config);
}

Test(config_environment, password_of_the_environment_needs_a_user)
{
    lab_setenv("SOCKS5A_PASSWORD", "hunter2");
    LAB_FAILS(PROXY_A, "SOCKS5A_PASSWORD: a password, expected SOCKS5A_USER too");
}

Test(config_environment, password_that_is_too_long_fails)
{
    char password[257] = "";
    memset(password, 'p', 256);
    lab_setenv("SOCKS5A_USER", "alice");
    lab_setenv("SOCKS5A_PASSWORD", password);
    LAB_FAILS(PROXY_A, "SOCKS5A_PASSWORD: a password of 256 bytes, expected 1 to 255");
}

Test(config_environment, login_without_a_proxy_is_left_alone)
{
    lab_setenv("SOCKS5A_USER", "alice");
    s5a_config_free(lab_load(""));
}

Test(config_environment, direct_of_the_environment_stands_before_all_rules)
{
    struct s5a_target target = { { .type = S5A_ATYP_NAME, .text = span("x.example") }, 80 };
    lab_setenv("SOCKS5A_DIRECT", "10.0.0.0/8, x.example");
    struct s5a_config *config = lab_load("[rules]\ndeny = *\n");
    cr_assert_eq(s5a_config_route(config, &target, S5A_TCP).verdict, S5A_ROUTE_DIRECT);
    s5a_config_free(config);
}

Test(config_environment, wrong_direct_of_the_environment_fails)
{
    lab_setenv("SOCKS5A_DIRECT", "a b");
    LAB_FAILS_LIKE("", "SOCKS5A_DIRECT: \"a b\", expected ADDRESS[/BITS]");
}

/* ---- ALL_PROXY ---- */

Test(config_environment, all_proxy_is_taken_where_nothing_names_a_proxy)
{
    lab_setenv("ALL_PROXY", "socks5h://u:p@e:9");
    struct s5a_config *config = lab_load("");
    cr_assert_str_eq(config->default_proxy->where, "e:9");
    cr_assert_str_eq(config->default_proxy->user, "u");
    s5a_config_free(config);
}

Test(config_environment, all_proxy_in_small_letters_is_taken_too)
{
    lab_setenv("ALL_PROXY", "http://x:1");
    lab_setenv("all_proxy", "SOCKS5://e:9");
    struct s5a_config *config = lab_load("");
    cr_assert_str_eq(config->default_proxy->where, "e:9");
    s5a_config_free(config);
}

Test(config_environment, all_proxy_of_other_schemes_is_ignored)
{
    lab_setenv("ALL_PROXY", "http://u:p@x:0");
    lab_setenv("all_proxy", "socks4://x:1");
    struct s5a_config *config = lab_load("");
    cr_assert_null(config->proxies);
    s5a_config_free(config);
}

Test(config_environment, all_proxy_is_ignored_where_the_file_has_a_proxy)
{
    lab_setenv("ALL_PROXY", "socks5://e:9");
    struct s5a_config *config = lab_load(PROXY_A);
    cr_assert_str_eq(config->default_proxy->name, "a");
    cr_assert_null(config->proxies->next);
    s5a_config_free(config);
}

Test(config_environment, all_proxy_is_ignored_where_socks5a_proxy_is_set)
{
    lab_setenv("ALL_PROXY", "socks5://e:0");
    lab_setenv("SOCKS5A_PROXY", "f:1");
    struct s5a_config *config = lab_load("");
    cr_assert_str_eq(config->default_proxy->where, "f:1");
    s5a_config_free(config);
}

Test(config_environment, all_proxy_leaves_the_default_of_the_file)
{
    lab_setenv("ALL_PROXY", "socks5://e:9");
    struct s5a_config *config = lab_load("[rules]\ndefault = direct\n");
    cr_assert_null(config->default_proxy);
    cr_assert(config->default_direct);
    s5a_config_free(config);
}

Test(config_environment, wrong_socks_url_in_all_proxy_fails)
{
    lab_setenv("ALL_PROXY", "socks5://u:hunter2@e:0");
    LAB_FAILS_LIKE("", "ALL_PROXY: ");
    cr_assert_not(error_says("hunter2"));
}

/* ---- the state directory ---- */

Test(config_environment, state_directory_is_below_xdg_state_home)
{
    lab_setenv("XDG_STATE_HOME", "/x");
    lab_setenv("HOME", "/h");
    struct s5a_config *config = lab_load("");
    cr_assert_str_eq(config->state_dir, "/x/socks5a");
    s5a_config_free(config);
}

Test(config_environment, state_directory_is_below_home_else)
{
    lab_setenv("XDG_STATE_HOME", "relative");
    lab_setenv("HOME", "/h");
    struct s5a_config *config = lab_load("");
    cr_assert_str_eq(config->state_dir, "/h/.local/state/socks5a");
    s5a_config_free(config);
}

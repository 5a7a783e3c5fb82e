/* client/config: which file is read, and the environment over it. */
#include "tests/unit/config_lab.h"

#define PROXY_A "[proxy a]\naddress = a:1\n"

static bool has_password(const struct s5a_proxy *proxy, const char *password)
{
    return s5a_span_equal(s5a_secret_span(&proxy->password), lab_text(password));
}

static struct s5a_config *load_files(void)
{
    struct s5a_config *config;
    enum s5a_status status = s5a_config_load(&config, lab_getenv, lab_error, sizeof(lab_error));
    cr_assert_eq(status == S5A_OK, config != NULL);
    return config;
}

static bool error_says(const char *part)
{
    return strstr(lab_error, part) != NULL;
}

/* ---- files ---- */

Test(config, named_file_is_read, .init = lab_make_dir, .fini = lab_remove_dir)
{
    lab_setenv("SOCKS5A_CONF", lab_write("named", PROXY_A, 0644));
    struct s5a_config *config = load_files();
    cr_assert_not_null(config, "%s", lab_error);
    cr_assert_str_eq(config->source, lab_path("named"));
    cr_assert_str_eq(config->default_proxy->where, "a:1");
    s5a_config_free(config);
}

Test(config, named_file_must_exist, .init = lab_make_dir, .fini = lab_remove_dir)
{
    lab_setenv("SOCKS5A_CONF", lab_path("none"));
    cr_assert_null(load_files());
    cr_assert(error_says("none: No such file or directory"), "%s", lab_error);
}

Test(config, named_file_must_be_absolute)
{
    lab_setenv("SOCKS5A_CONF", "here.conf");
    cr_assert_null(load_files());
    cr_assert_str_eq(lab_error, "SOCKS5A_CONF: \"here.conf\", expected an absolute path");
}

Test(config, named_file_that_is_a_directory_fails, .init = lab_make_dir, .fini = lab_remove_dir)
{
    lab_setenv("SOCKS5A_CONF", lab_dir);
    cr_assert_null(load_files());
    cr_assert(error_says("Is a directory"), "%s", lab_error);
}

Test(config, empty_name_means_no_file, .init = lab_make_dir, .fini = lab_remove_dir)
{
    lab_setenv("SOCKS5A_CONF", "");
    lab_setenv("HOME", lab_dir);
    cr_assert_eq(mkdir(lab_path(".config"), 0700), 0);
    cr_assert_eq(mkdir(lab_path(".config/socks5a"), 0700), 0);
    lab_write(".config/socks5a/socks5a.conf", "error\n", 0600);
    struct s5a_config *config = load_files();
    cr_assert_not_null(config, "%s", lab_error);
    cr_assert_null(config->source);
    s5a_config_free(config);
}

Test(config, file_of_the_user_is_read, .init = lab_make_dir, .fini = lab_remove_dir)
{
    lab_setenv("HOME", lab_dir);
    cr_assert_eq(mkdir(lab_path(".config"), 0700), 0);
    cr_assert_eq(mkdir(lab_path(".config/socks5a"), 0700), 0);
    lab_write(".config/socks5a/socks5a.conf", PROXY_A, 0600);
    struct s5a_config *config = load_files();
    cr_assert_not_null(config, "%s", lab_error);
    cr_assert_str_eq(config->source, lab_path(".config/socks5a/socks5a.conf"));
    s5a_config_free(config);
}

Test(config, xdg_directory_comes_before_home, .init = lab_make_dir, .fini = lab_remove_dir)
{
    lab_setenv("HOME", "/nowhere");
    lab_setenv("XDG_CONFIG_HOME", lab_dir);
    cr_assert_eq(mkdir(lab_path("socks5a"), 0700), 0);
    lab_write("socks5a/socks5a.conf", PROXY_A, 0600);
    struct s5a_config *config = load_files();
    cr_assert_not_null(config, "%s", lab_error);
    cr_assert_str_eq(config->source, lab_path("socks5a/socks5a.conf"));
    s5a_config_free(config);
}

Test(config, default_file_that_cannot_be_read_fails, .init = lab_make_dir, .fini = lab_remove_dir)
{
    lab_setenv("XDG_CONFIG_HOME", lab_dir);
    cr_assert_eq(mkdir(lab_path("socks5a"), 0700), 0);
    cr_assert_eq(mkdir(lab_path("socks5a/socks5a.conf"), 0700), 0);
    cr_assert_null(load_files());
    cr_assert(error_says("/socks5a/socks5a.conf: Is a directory"), "%s", lab_error);
}

Test(config, errors_name_file_and_line, .init = lab_make_dir, .fini = lab_remove_dir)
{
    char expected[256];
    lab_setenv("SOCKS5A_CONF", lab_write("named", "\n\n[x]\n", 0644));
    cr_assert_null(load_files());
    snprintf(expected, sizeof(expected), "%s:3: section [x]", lab_path("named"));
    cr_assert(error_says(expected), "%s", lab_error);
}

Test(config, password_depends_on_the_mode_of_its_file, .init = lab_make_dir, .fini = lab_remove_dir)
{
    static const char text[] = PROXY_A "user = u\npassword = p\n";
    lab_setenv("SOCKS5A_CONF", lab_write("named", text, 0600));
    struct s5a_config *config = load_files();
    cr_assert_not_null(config, "%s", lab_error);
    s5a_config_free(config);
    lab_write("named", text, 0640);
    cr_assert_null(load_files());
    cr_assert(error_says(":4: a password in a file that others may read"), "%s", lab_error);
}

Test(config, file_of_more_than_a_mebibyte_fails, .init = lab_make_dir, .fini = lab_remove_dir)
{
    lab_setenv("SOCKS5A_CONF", lab_write("named", "", 0600));
    cr_assert_eq(truncate(lab_path("named"), (1 << 20) + 1), 0);
    cr_assert_null(load_files());
    cr_assert(error_says("File too large"), "%s", lab_error);
}

/* ---- password files ---- */

static struct s5a_config *load_password_file(const char *content, mode_t mode)
{
    lab_make_dir();
    lab_setenv("SOCKS5A_PROXY", "a");
    lab_setenv("SOCKS5A_USER", "alice");
    lab_setenv("SOCKS5A_PASSWORD_FILE", lab_write("password", content, mode));
    return lab_try("", true);
}

Test(config, password_file_loses_one_newline, .fini = lab_remove_dir)
{
    struct s5a_config *config = load_password_file(" hunter2 \n\n", 0600);
    cr_assert_not_null(config, "%s", lab_error);
    cr_assert(has_password(config->proxies, " hunter2 \n"));
    s5a_config_free(config);
}

Test(config, password_file_for_others_fails, .fini = lab_remove_dir)
{
    cr_assert_null(load_password_file("hunter2", 0604));
    cr_assert(error_says("SOCKS5A_PASSWORD_FILE: password file "), "%s", lab_error);
    cr_assert(error_says("expected one that is yours or root's with mode 0600"));
    cr_assert_not(error_says("hunter2"));
}

Test(config, empty_password_file_fails, .fini = lab_remove_dir)
{
    cr_assert_null(load_password_file("\n", 0600));
    cr_assert(error_says("a password of 0 bytes, expected 1 to 255"), "%s", lab_error);
}

Test(config, password_file_holds_255_bytes, .fini = lab_remove_dir)
{
    char content[258] = "";
    memset(content, 'p', 255);
    content[255] = '\n';
    struct s5a_config *config = load_password_file(content, 0600);
    cr_assert_not_null(config, "%s", lab_error);
    cr_assert_eq(config->proxies->password.len, 255);
    s5a_config_free(config);
    memset(content, 'p', 256);
    lab_write("password", content, 0600);
    cr_assert_null(lab_try("", true));
    lab_write("password", "", 0600);
    memset(content, 'p', 257);
    lab_write("password", content, 0600);
    cr_assert_null(lab_try("", true));
}

Test(config, missing_password_file_fails)
{
    cr_assert_null(lab_try(PROXY_A "user = a\npassword_file = /nowhere/p\n", true));
    cr_assert_str_eq(lab_error, "F:4: password file /nowhere/p: No such file or directory, "
                                "expected one of 1 to 255 bytes");
}

/* ---- the environment ---- */

Test(config, environment_goes_over_the_file)
{
    lab_setenv("SOCKS5A_DNS", "local");
    lab_setenv("SOCKS5A_TIMEOUT", "7");
    lab_setenv("SOCKS5A_LOG", "debug");
    lab_setenv("SOCKS5A_LOG_FILE", "/l");
    lab_setenv("SOCKS5A_STATE_DIR", "/s");
    lab_setenv("SOCKS5A_EXEC_UNSHIMMED", "warn");
    struct s5a_config *config = lab_load("[dns]\nmode = deny\n[limits]\nconnect_timeout = 1\n"
                                         "[log]\nlevel = error\nfile = /x\n[state]\ndir = /x\n"
                                         "[exec]\nunshimmed = allow\n");
    cr_assert_eq(config->dns_mode, S5A_DNS_LOCAL);
    cr_assert_eq(config->connect_timeout, 7000);
    cr_assert_eq(config->log_level, S5A_LOG_DEBUG);
    cr_assert_str_eq(config->log_file, "/l");
    cr_assert_str_eq(config->state_dir, "/s");
    cr_assert_eq(config->exec_unshimmed, S5A_EXEC_WARN);
    s5a_config_free(config);
}

Test(config, empty_variables_are_not_set)
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

Test(config, errors_name_the_variable)
{
    lab_setenv("SOCKS5A_DNS", "fa\nke");
    LAB_FAILS("", "SOCKS5A_DNS: \"fa?ke\", expected fake, local or deny");
}

Test(config, proxy_of_the_environment_is_the_default)
{
    lab_setenv("SOCKS5A_PROXY", "socks5://u:p%40@e:9");
    struct s5a_config *config = lab_load(PROXY_A "[rules]\ndefault = deny\n");
    cr_assert_str_eq(config->default_proxy->name, "default");
    cr_assert_str_eq(config->default_proxy->where, "e:9");
    cr_assert_str_eq(config->default_proxy->user, "u");
    cr_assert(has_password(config->default_proxy, "p@"));
    cr_assert_str_eq(config->proxies->name, "a");
    s5a_config_free(config);
}

Test(config, proxy_of_the_environment_may_be_a_unix_socket)
{
    lab_setenv("SOCKS5A_PROXY", "unix:/run/proxy");
    struct s5a_config *config = lab_load("");
    cr_assert_eq(config->default_proxy->at.address.type, S5A_ATYP_UNIX);
    s5a_config_free(config);
}

Test(config, proxy_of_the_environment_replaces_one_named_default)
{
    lab_setenv("SOCKS5A_PROXY", "e:9");
    struct s5a_config *config =
        lab_load("[rules]\nproxy default = x.example\n" PROXY_A
                 "[proxy default]\naddress = f:1\nuser = u\npassword = p\nvia = a\n");
    struct s5a_target target = { { .type = S5A_ATYP_NAME, .text = lab_text("x.example") }, 80 };
    struct s5a_route route = s5a_config_route(config, &target, S5A_TCP);
    cr_assert_eq(route.proxy, config->default_proxy);
    cr_assert_str_eq(route.proxy->where, "e:9");
    cr_assert_null(route.proxy->user);
    cr_assert_null(route.proxy->via);
    cr_assert_eq(route.proxy->password.len, 0);
    cr_assert_null(config->proxies->next->next);
    s5a_config_free(config);
}

Test(config, file_may_name_the_proxy_of_the_environment)
{
    lab_setenv("SOCKS5A_PROXY", "e:9");
    struct s5a_config *config = lab_load(PROXY_A "via = default\n");
    cr_assert_eq(config->proxies->via, config->default_proxy);
    s5a_config_free(config);
}

Test(config, wrong_proxy_of_the_environment_shows_no_password)
{
    lab_setenv("SOCKS5A_PROXY", "socks5://u:hunter2@e:0");
    LAB_FAILS_LIKE("", "SOCKS5A_PROXY: \"(not shown");
    cr_assert_not(error_says("hunter2"));
}

Test(config, login_of_the_environment_goes_to_the_default_proxy)
{
    lab_setenv("SOCKS5A_USER", "alice");
    lab_setenv("SOCKS5A_PASSWORD", "hunter2");
    lab_setenv("SOCKS5A_PIPELINE", "on");
    struct s5a_config *config =
        lab_load(PROXY_A "[proxy b]\naddress = b\n[rules]\ndefault = proxy b\n");
    cr_assert_null(config->proxies->user);
    cr_assert_str_eq(config->default_proxy->user, "alice");
    cr_assert(has_password(config->default_proxy, "hunter2"));
    cr_assert_eq(config->default_proxy->pipeline, S5A_PIPELINE_ON);
    s5a_config_free(config);
}

Test(config, password_of_the_environment_needs_no_private_file)
{
    lab_setenv("SOCKS5A_USER", "alice");
    lab_setenv("SOCKS5A_PASSWORD", "hunter2");
    struct s5a_config *config = lab_try(PROXY_A, false);
    cr_assert_not_null(config, "%s", lab_error);
    s5a_config_free(config);
}

Test(config, password_of_the_environment_needs_a_user)
{
    lab_setenv("SOCKS5A_PASSWORD", "hunter2");
    LAB_FAILS(PROXY_A, "SOCKS5A_PASSWORD: a password, expected SOCKS5A_USER too");
}

Test(config, password_that_is_too_long_fails)
{
    char password[257] = "";
    memset(password, 'p', 256);
    lab_setenv("SOCKS5A_USER", "alice");
    lab_setenv("SOCKS5A_PASSWORD", password);
    LAB_FAILS(PROXY_A, "SOCKS5A_PASSWORD: a password of 256 bytes, expected 1 to 255");
}

Test(config, login_without_a_proxy_is_left_alone)
{
    lab_setenv("SOCKS5A_USER", "alice");
    s5a_config_free(lab_load(""));
}

Test(config, direct_of_the_environment_stands_before_all_rules)
{
    struct s5a_target target = { { .type = S5A_ATYP_NAME, .text = lab_text("x.example") }, 80 };
    lab_setenv("SOCKS5A_DIRECT", "10.0.0.0/8, x.example");
    struct s5a_config *config = lab_load("[rules]\ndeny = *\n");
    cr_assert_eq(s5a_config_route(config, &target, S5A_TCP).verdict, S5A_ROUTE_DIRECT);
    s5a_config_free(config);
}

Test(config, wrong_direct_of_the_environment_fails)
{
    lab_setenv("SOCKS5A_DIRECT", "a b");
    LAB_FAILS_LIKE("", "SOCKS5A_DIRECT: \"a b\", expected ADDRESS[/BITS]");
}

/* ---- ALL_PROXY ---- */

Test(config, all_proxy_is_taken_where_nothing_names_a_proxy)
{
    lab_setenv("ALL_PROXY", "socks5h://u:p@e:9");
    struct s5a_config *config = lab_load("");
    cr_assert_str_eq(config->default_proxy->where, "e:9");
    cr_assert_str_eq(config->default_proxy->user, "u");
    s5a_config_free(config);
}

Test(config, all_proxy_in_small_letters_is_taken_too)
{
    lab_setenv("ALL_PROXY", "http://x:1");
    lab_setenv("all_proxy", "SOCKS5://e:9");
    struct s5a_config *config = lab_load("");
    cr_assert_str_eq(config->default_proxy->where, "e:9");
    s5a_config_free(config);
}

Test(config, all_proxy_of_other_schemes_is_ignored)
{
    lab_setenv("ALL_PROXY", "http://u:p@x:0");
    lab_setenv("all_proxy", "socks4://x:1");
    struct s5a_config *config = lab_load("");
    cr_assert_null(config->proxies);
    s5a_config_free(config);
}

Test(config, all_proxy_is_ignored_where_the_file_has_a_proxy)
{
    lab_setenv("ALL_PROXY", "socks5://e:9");
    struct s5a_config *config = lab_load(PROXY_A);
    cr_assert_str_eq(config->default_proxy->name, "a");
    cr_assert_null(config->proxies->next);
    s5a_config_free(config);
}

Test(config, all_proxy_is_ignored_where_socks5a_proxy_is_set)
{
    lab_setenv("ALL_PROXY", "socks5://e:0");
    lab_setenv("SOCKS5A_PROXY", "f:1");
    struct s5a_config *config = lab_load("");
    cr_assert_str_eq(config->default_proxy->where, "f:1");
    s5a_config_free(config);
}

Test(config, all_proxy_leaves_the_default_of_the_file)
{
    lab_setenv("ALL_PROXY", "socks5://e:9");
    struct s5a_config *config = lab_load("[rules]\ndefault = direct\n");
    cr_assert_null(config->default_proxy);
    cr_assert(config->default_direct);
    s5a_config_free(config);
}

Test(config, wrong_socks_url_in_all_proxy_fails)
{
    lab_setenv("ALL_PROXY", "socks5://u:hunter2@e:0");
    LAB_FAILS_LIKE("", "ALL_PROXY: ");
    cr_assert_not(error_says("hunter2"));
}

/* ---- the state directory ---- */

Test(config, state_directory_is_below_xdg_state_home)
{
    lab_setenv("XDG_STATE_HOME", "/x");
    lab_setenv("HOME", "/h");
    struct s5a_config *config = lab_load("");
    cr_assert_str_eq(config->state_dir, "/x/socks5a");
    s5a_config_free(config);
}

Test(config, state_directory_is_below_home_else)
{
    lab_setenv("XDG_STATE_HOME", "relative");
    lab_setenv("HOME", "/h");
    struct s5a_config *config = lab_load("");
    cr_assert_str_eq(config->state_dir, "/h/.local/state/socks5a");
    s5a_config_free(config);
}

Test(config, errors_are_cut_to_their_storage)
{
    struct s5a_config *config;
    char error[8] = "xxxxxxx";
    cr_assert_eq(s5a_config_load_text(&config, lab_getenv, "F", true, lab_text("[x]"), error, 6),
                 S5A_BAD_CONFIG);
    cr_assert_str_eq(error, "F:1: ");
    cr_assert_eq(error[6], 'x');
}

Test(config, free_takes_null)
{
    s5a_config_free(NULL);
}

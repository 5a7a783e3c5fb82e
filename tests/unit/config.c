/* client/config: which file is read, and the environment over it. */
#include "tests/unit/config_lab.h"

#define PROXY_A "[proxy a]\naddress = a:1\n"

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
    cr_assert(lab_has_password(config->proxies, " hunter2 \n"));
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

Test(config, errors_are_cut_to_their_storage)
{
    struct s5a_config *config;
    char error[8] = "xxxxxxx";
    cr_assert_eq(s5a_config_load_text(&config, lab_getenv, "F", true, span("[x]"), error, 6),
                 S5A_BAD_CONFIG);
    cr_assert_str_eq(error, "F:1: ");
    cr_assert_eq(error[6], 'x');
}

Test(config, free_takes_null)
{
    s5a_config_free(NULL);
}

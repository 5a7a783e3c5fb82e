/* client/config/file: rules, proxies and the names between them. */
#include "tests/unit/config_lab.h"

#define PROXY_A "[proxy a]\naddress = a:1\n"
#define PROXY_B "[proxy b]\naddress = b:2\n"

/* ---- rules ---- */

Test(config_proxies, wrong_rule_is_told_by_its_match)
{
    LAB_FAILS_LIKE("[rules]\ndirect = a, 10.0.0.0/40\n",
                   "F:2: direct = \"10.0.0.0/40\", expected ADDRESS[/BITS]");
}

Test(config_proxies, wrong_default_fails)
{
    LAB_FAILS("[rules]\ndefault = a\n",
              "F:2: default = \"a\", expected direct, deny or proxy NAME");
    LAB_FAILS_LIKE("[rules]\ndefault = proxy\n", "F:2: default");
    LAB_FAILS_LIKE("[rules]\ndefault = proxy a b\n", "F:2: default");
    LAB_FAILS_LIKE("[rules]\ndefault = direct a\n", "F:2: default");
}

Test(config_proxies, unknown_proxy_fails_with_the_line_of_its_first_mention)
{
    LAB_FAILS("[rules]\nproxy c = x\nproxy c = y\n" PROXY_A,
              "F:2: proxy \"c\", expected one that a section [proxy c] defines");
    LAB_FAILS_LIKE(PROXY_A "[rules]\ndefault = proxy c\n", "F:4: proxy \"c\"");
    LAB_FAILS_LIKE(PROXY_A "via = c\n", "F:3: proxy \"c\"");
}

Test(config_proxies, wrong_proxy_name_fails)
{
    LAB_FAILS("[proxy a/b]\n", "F:1: proxy name \"a/b\", expected up to 32 letters, digits, . - _");
    LAB_FAILS_LIKE("[rules]\nproxy a$ = x\n", "F:2: proxy name \"a$\"");
}

/* ---- proxies ---- */

Test(config_proxies, wrong_address_fails)
{
    LAB_FAILS("[proxy a]\naddress = a:0\n",
              "F:2: address = \"a:0\", expected HOST:PORT, [IPV6]:PORT, unix:/PATH, unix:@NAME or "
              "socks5://[USER:PASSWORD@]HOST:PORT");
}

Test(config_proxies, errors_in_addresses_show_no_login)
{
    static const char *const secret[] = { "socks5://alice:hunter2@a:0", "alice:hunter2@a:1",
                                          "http://alice:hunter2@a", "socks5://alice:hunter2" };
    char text[80];
    for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++) {
        snprintf(text, sizeof(text), "[proxy a]\naddress = %s\n", secret[i]);
        LAB_FAILS_LIKE(text, "F:2: address");
        cr_assert_null(strstr(lab_error, "hunter2"), "%s", lab_error);
    }
}

Test(config_proxies, proxy_without_an_address_fails)
{
    LAB_FAILS(PROXY_A "[proxy b]\nuser = x\n",
              "F:3: proxy \"b\" without an address, expected address = HOST:PORT");
}

Test(config_proxies, password_needs_a_user)
{
    LAB_FAILS(PROXY_A "password = x\n", "F:1: proxy \"a\" with a password, expected a user too");
    LAB_FAILS(PROXY_A "method = password\n",
              "F:1: proxy \"a\" with method = password, expected a user too");
}

Test(config_proxies, password_in_a_file_for_all_fails)
{
    cr_assert_null(lab_try(PROXY_A "user = a\npassword = hunter2\n", false));
    cr_assert_str_eq(lab_error, "F:4: a password in a file that others may read, expected mode "
                                "0600 for the file, or password_file");
}

Test(config_proxies, password_in_a_url_in_a_file_for_all_fails)
{
    cr_assert_null(lab_try("[proxy a]\naddress = socks5://alice:hunter2@a\n", false));
    cr_assert_eq(strncmp(lab_error, "F:2: a password in a file that others", 37), 0, "%s",
                 lab_error);
    s5a_config_free(lab_try("[proxy a]\naddress = socks5://alice@a\n", false));
}

Test(config_proxies, password_that_a_comment_would_cut_fails)
{
    LAB_FAILS_LIKE(PROXY_A "user = a\npassword = hunter ;2\n", "F:4: a password line with \" ;\"");
    cr_assert_null(strstr(lab_error, "hunter"));
}

Test(config_proxies, semicolon_without_a_blank_is_part_of_a_password)
{
    struct s5a_config *config = lab_load(PROXY_A "user = a\npassword = #hunter;2=\n");
    cr_assert(lab_has_password(config->proxies, "#hunter;2="));
    s5a_config_free(config);
}

/* ---- chains ---- */

static const char *chain(unsigned hops, const char *last_via)
{
    static char text[1024];
    size_t len = 0;
    for (unsigned i = 1; i <= hops; i++) {
        len += (size_t)snprintf(text + len, sizeof(text) - len, "[proxy p%u]\naddress = h\n", i);
        if (i < hops)
            len += (size_t)snprintf(text + len, sizeof(text) - len, "via = p%u\n", i + 1);
    }
    snprintf(text + len, sizeof(text) - len, "%s", last_via);
    return text;
}

Test(config_proxies, chain_of_8_is_resolved)
{
    struct s5a_config *config = lab_load(chain(8, ""));
    unsigned hops = 0;
    for (const struct s5a_proxy *at = config->proxies; at != NULL; at = at->via)
        hops++;
    cr_assert_eq(hops, 8);
    s5a_config_free(config);
}

Test(config_proxies, chain_of_9_fails)
{
    LAB_FAILS(chain(9, ""), "F:3: via = \"p2\" makes a chain that is too long, expected at most 8");
}

Test(config_proxies, circles_fail)
{
    LAB_FAILS(chain(3, "via = p2\n"),
              "F:3: via = \"p2\" leads round in a circle, expected a chain");
    LAB_FAILS_LIKE(PROXY_A "via = a\n", "F:3: via = \"a\" leads round in a circle");
}

Test(config_proxies, unix_proxy_behind_another_fails)
{
    LAB_FAILS(PROXY_A "[proxy b]\naddress = unix:/run/b\nvia = a\n",
              "F:5: via = \"a\" for a unix: address, expected HOST:PORT with via");
}

/* ---- sessions that wait ---- */

Test(config_proxies, target_of_a_pool)
{
    struct s5a_config *config = lab_load(PROXY_A "pool = 2\npool_target = www.example:443\n");
    cr_assert_eq(config->proxies->pool, 2);
    cr_assert_eq(config->proxies->pool_target.port, 443);
    cr_assert_eq(config->proxies->pool_target.address.type, S5A_ATYP_NAME);
    s5a_config_free(config);
    LAB_FAILS(PROXY_A "pool_target = unix:/x\n",
              "F:3: pool_target = \"unix:/x\", expected HOST:PORT or [IPV6]:PORT");
    LAB_FAILS_LIKE(PROXY_A "pool_target = x:0\n", "F:3: pool_target");
    LAB_FAILS_LIKE(PROXY_A "pool_target = socks5://x:1\n", "F:3: pool_target");
}

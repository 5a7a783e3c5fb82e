/* What a section [proxy] says of method 81. */
#include "protocol/greeting.h"
#include "tests/unit/config_lab.h"

#define A "[proxy a]\naddress = a:1\n"
#define KEY "server_key = AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

static struct s5a_tol_policy load(const char *text)
{
    struct s5a_config *config = lab_load(text);
    struct s5a_tol_policy tol = config->proxies->tol;
    s5a_config_free(config);
    return tol;
}

static int method(const char *text)
{
    struct s5a_config *config = lab_load(text);
    int found = s5a_proxy_eaf_method(config->proxies);
    s5a_config_free(config);
    return found;
}

Test(config_tol, asked_for_it_is_81_and_off_it_is_what_the_method_says)
{
    cr_assert_eq(method(A KEY "tol = padding\n"), S5A_METHOD_TOL);
    cr_assert_eq(method(A KEY "method = chain\ntol = bare\n"), S5A_METHOD_TOL);
    cr_assert_eq(method(A KEY "tol = off\n"), S5A_METHOD_EAF);
    cr_assert_eq(method(A KEY "method = chain\ntol = off\n"), S5A_METHOD_AMC);
}

Test(config_tol, padded_and_sealed_is_the_default_wherever_there_is_a_log_in_by_EAF)
{
    cr_assert_eq(method(A KEY), S5A_METHOD_TOL);
    cr_assert_eq(method(A "method = chain\n"), S5A_METHOD_TOL);
    cr_assert_eq(load(A KEY).shape.type, S5A_TOL_PADDING);
    cr_assert_not(load(A KEY).is_plain);
}

Test(config_tol, a_proxy_without_keys_has_none)
{
    cr_assert_eq(method(A), -1);
    cr_assert_eq(method(A "tol = off\n"), -1);
}

Test(config_tol, types_by_name)
{
    cr_assert_eq(load(A KEY "tol = bare\n").shape.type, 0);
    cr_assert_eq(load(A KEY "tol = padding\n").shape.type, 1);
    cr_assert_eq(load(A KEY "tol = jitter\n").shape.type, 2);
    cr_assert_eq(load(A KEY "tol = masking\n").shape.type, 3);
    cr_assert_eq(load(A KEY "tol = full\n").shape.type, 4);
    LAB_FAILS(A KEY "tol = on\n", "F:4: tol = \"on\", expected off, bare, padding, jitter, masking "
                                  "or full");
}

Test(config_tol, sealed_unless_plain_is_asked_for)
{
    cr_assert_not(load(A KEY "tol = padding\n").is_plain);
    cr_assert(load(A KEY "tol = padding\ntol_mode = plain\n").is_plain);
    LAB_FAILS(A KEY "tol_mode = open\n", "F:4: tol_mode = \"open\", expected sealed or plain");
}

Test(config_tol, jitter_is_a_range_and_a_distribution)
{
    struct s5a_tol_policy tol = load(A KEY "tol = jitter\ntol_jitter = 5-60 exponential\n");
    cr_assert_eq(tol.shape.delay.min, 5);
    cr_assert_eq(tol.shape.delay.max, 60);
    cr_assert_eq(tol.shape.delay.mode, 2);
    cr_assert_eq(load(A KEY "tol = jitter\ntol_jitter = 0-1\n").shape.delay.mode, 0);
}

Test(config_tol, jitter_that_cannot_be)
{
    static const char *const wrong[] = { "5",     "5-5", "6-5",      "5-10001",
                                         "5-6-7", "a-b", "5-60 odd", "5-60 normal normal",
                                         "-5",    "5-" };
    char text[256];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(text, sizeof text, A KEY "tol_jitter = %s\n", wrong[i]);
        LAB_FAILS_LIKE(text, "F:4: tol_jitter = \"");
    }
}

Test(config_tol, numbers)
{
    struct s5a_tol_policy tol =
        load(A KEY "tol = full\ntol_dummies = 300\ntol_budget = 40\ntol_padding = 10 20 4096\n");
    cr_assert_eq(tol.shape.dummy, 300);
    cr_assert_eq(tol.shape.budget_percent, 40);
    cr_assert_eq(tol.shape.padding[0].total_max, 10);
    cr_assert_eq(tol.shape.padding[1].total_max, 20);
    cr_assert_eq(tol.shape.padding[2].total_max, 4096);
    LAB_FAILS(A KEY "tol_dummies = 65536\n",
              "F:4: tol_dummies = \"65536\", expected 0 for none, or ms from 100 to 65535");
    LAB_FAILS_LIKE(A KEY "tol_dummies = 99\n", "F:4: tol_dummies = \"99\", expected 0 for none");
    LAB_FAILS(A KEY "tol_budget = 256\n",
              "F:4: tol_budget = \"256\", expected percent from 0 to 255");
    LAB_FAILS_LIKE(A KEY "tol_padding = 1 2\n", "F:4: tol_padding = \"1 2\", expected three");
    LAB_FAILS_LIKE(A KEY "tol_padding = 1 2 3 4\n", "F:4: tol_padding = \"1 2 3 4\", expected");
    LAB_FAILS_LIKE(A KEY "tol_padding = 1 2 4097\n", "F:4: tol_padding = \"1 2 4097\", expected");
}

Test(config_tol, what_is_required)
{
    struct s5a_tol_policy tol = load(A KEY "tol = full\nrequire = sealed masking\n");
    cr_assert(tol.is_required && tol.is_sealed_required);
    cr_assert_eq(tol.least, 3);
    tol = load(A KEY "tol = bare\nrequire = tol\n");
    cr_assert(tol.is_required && !tol.is_sealed_required);
    LAB_FAILS_LIKE(A KEY "require = sealed strong\n",
                   "F:4: require = \"sealed strong\", expected tol, sealed, and one of");
}

Test(config_tol, what_cannot_be_met_is_an_error_where_the_proxy_stands)
{
    LAB_FAILS(A "tol = padding\n",
              "F:1: proxy \"a\" with tol or require, expected a server_key, or "
              "method = eaf or chain");
    LAB_FAILS_LIKE(A "user = a\npassword = b\nrequire = tol\n", "F:1: proxy \"a\" with tol or");
    LAB_FAILS(A KEY "tol = off\nrequire = tol\n",
              "F:1: proxy \"a\" with require, expected a tol that is not off");
    LAB_FAILS(A KEY "tol = full\ntol_mode = plain\nrequire = sealed\n",
              "F:1: proxy \"a\" with require = sealed, expected tol_mode = sealed");
    LAB_FAILS(A KEY "tol = padding\nrequire = full\n",
              "F:1: proxy \"a\" with a tol below what require says");
}

Test(config_tol, any_proxy_of_a_chain_has_records)
{
    struct s5a_config *config = lab_load(A KEY "[proxy b]\naddress = b:1\nvia = a\n");
    cr_assert(s5a_proxy_has_records(config->proxies));
    cr_assert(s5a_proxy_has_records(config->proxies->next), "by way of the first");
    cr_assert_eq(s5a_proxy_eaf_method(config->proxies->next), -1);
    s5a_config_free(config);
    config = lab_load("[proxy b]\naddress = b:1\n" A KEY "tol = padding\nvia = b\n");
    cr_assert_not(s5a_proxy_has_records(config->proxies));
    cr_assert(s5a_proxy_has_records(config->proxies->next));
    s5a_config_free(config);
}

Test(config_tol, environment_goes_over_the_file)
{
    lab_setenv("SOCKS5A_TOL", "off");
    cr_assert_eq(method(A KEY "tol = padding\n"), S5A_METHOD_EAF);
    lab_setenv("SOCKS5A_REQUIRE", "tol");
    LAB_FAILS(A KEY "tol = padding\n",
              "F:1: proxy \"a\" with require, expected a tol that is not off");
}

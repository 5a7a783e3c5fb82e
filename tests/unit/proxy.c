/* client/routes/proxy: one proxy, its endpoint and credentials. */
#include "client/routes/proxy.h"

#include <criterion/criterion.h>
#include <string.h>

#include "client/word.h"

static struct s5a_proxy *proxy(const char *where)
{
    struct s5a_proxy *made = s5a_proxy_new("test");
    cr_assert_eq(s5a_proxy_set_where(made, where), S5A_OK, "%s", where);
    return made;
}

static bool has_password(const struct s5a_proxy *of, const char *password)
{
    return s5a_word_is(s5a_secret_span(&of->password), password);
}

Test(proxy, new_has_a_name_and_no_credentials)
{
    struct s5a_proxy *made = s5a_proxy_new("test");
    cr_assert_str_eq(made->name, "test");
    cr_assert_null(made->where);
    cr_assert_null(made->user);
    cr_assert_eq(made->methods, S5A_METHODS_AUTO);
    cr_assert_eq(made->pipeline, S5A_PIPELINE_AUTO);
    s5a_proxy_free(made);
}

Test(proxy, free_takes_null)
{
    s5a_proxy_free(NULL);
}

Test(proxy, endpoint_outlives_the_text_that_it_came_from)
{
    char text[] = "proxy.example:1081";
    struct s5a_proxy *made = proxy(text);
    memset(text, 'x', sizeof(text) - 1);
    cr_assert(s5a_word_is(made->at.address.text, "proxy.example"));
    cr_assert_eq(made->at.port, 1081);
    s5a_proxy_free(made);
}

Test(proxy, url_sets_credentials_unescaped)
{
    struct s5a_proxy *made = proxy("socks5://al%3aice:p%40ss@proxy.example:1081");
    cr_assert_str_eq(made->user, "al:ice");
    cr_assert(has_password(made, "p@ss"));
    s5a_proxy_free(made);
}

Test(proxy, where_shows_no_credentials)
{
    struct s5a_proxy *made = proxy("socks5://alice:secret@proxy.example:1081/");
    cr_assert_str_eq(made->where, "proxy.example:1081");
    s5a_proxy_free(made);
}

Test(proxy, url_without_a_password_drops_the_old_one)
{
    struct s5a_proxy *made = proxy("socks5://alice:secret@a");
    cr_assert_eq(s5a_proxy_set_where(made, "socks5://bob@a"), S5A_OK);
    cr_assert_str_eq(made->user, "bob");
    cr_assert(has_password(made, ""));
    s5a_proxy_free(made);
}

Test(proxy, text_without_user_info_keeps_credentials)
{
    struct s5a_proxy *made = proxy("socks5://alice:secret@a");
    cr_assert_eq(s5a_proxy_set_where(made, "b:1"), S5A_OK);
    cr_assert_eq(s5a_proxy_set_where(made, "socks5://c:1"), S5A_OK);
    cr_assert_str_eq(made->where, "c:1");
    cr_assert_str_eq(made->user, "alice");
    cr_assert(has_password(made, "secret"));
    s5a_proxy_free(made);
}

Test(proxy, malformed_text_changes_nothing)
{
    static const char *const wrong[] = {
        "",       "socks5://u:p%4@h:1", "socks5://u%:p@h:1", "socks5://u:p@h:0", "http://u:p@h:1",
        "h:99999"
    };
    struct s5a_proxy *made = proxy("socks5://alice:secret@a:7");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        cr_assert_eq(s5a_proxy_set_where(made, wrong[i]), S5A_MALFORMED, "%s", wrong[i]);
        cr_assert_str_eq(made->where, "a:7");
        cr_assert_str_eq(made->user, "alice");
        cr_assert(has_password(made, "secret"));
    }
    s5a_proxy_free(made);
}

Test(proxy, credentials_have_at_most_255_bytes)
{
    char text[600] = "socks5://";
    struct s5a_proxy *made = s5a_proxy_new("test");
    memset(text + strlen(text), 'u', 255);
    strcat(text, ":p@h");
    cr_assert_eq(s5a_proxy_set_where(made, text), S5A_OK);
    cr_assert_eq(strlen(made->user), 255);
    strcpy(text + strlen("socks5://") + 255, "u:p@h");
    cr_assert_eq(s5a_proxy_set_where(made, text), S5A_MALFORMED);
    s5a_proxy_free(made);
}

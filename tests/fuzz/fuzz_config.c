/* A configuration file's text (first byte: whether it may hold passwords), without environment. */
#include "tests/fuzz/check.h"

#include "client/config/sources.h"
#include "client/word.h"

static const char *no_environment(const char *name)
{
    return strcmp(name, "HOME") == 0 ? "/nowhere" : NULL;
}

static bool is_listed(const struct s5a_config *config, const struct s5a_proxy *proxy)
{
    const struct s5a_proxy *at = config->proxies;
    while (at != NULL && at != proxy)
        at = at->next;
    return at != NULL;
}

static void check_proxy(const struct s5a_config *config, const struct s5a_proxy *proxy)
{
    struct s5a_endpoint again;
    unsigned hops = 0;
    for (const struct s5a_proxy *at = proxy; at != NULL; at = at->via) {
        REQUIRE(is_listed(config, at));
        REQUIRE(++hops <= S5A_HOPS_MAX);
    }
    REQUIRE(s5a_endpoint_parse(&again, s5a_word(proxy->where)) == S5A_OK);
    REQUIRE(s5a_address_equal(&again.address, &proxy->at.address));
    REQUIRE(proxy->user != NULL || proxy->password.len == 0);
    REQUIRE((proxy->via_name == NULL) == (proxy->via == NULL));
}

static void check_route(const struct s5a_config *config, const char *where)
{
    struct s5a_target target = { .port = 80 };
    REQUIRE(s5a_address_parse(&target.address, s5a_word(where)) == S5A_OK);
    struct s5a_route route = s5a_config_route(config, &target, S5A_TCP);
    REQUIRE((route.verdict == S5A_ROUTE_PROXY) == (route.proxy != NULL));
    REQUIRE(route.proxy == NULL || is_listed(config, route.proxy));
    REQUIRE(route.rule != NULL);
}

static void check_config(const struct s5a_config *config)
{
    for (const struct s5a_proxy *at = config->proxies; at != NULL; at = at->next)
        check_proxy(config, at);
    REQUIRE(config->default_proxy == NULL || is_listed(config, config->default_proxy));
    REQUIRE(config->fake4.bits >= 8 && config->fake4.bits <= 24 && config->fake6.bits == 96);
    REQUIRE(config->connect_timeout >= 1000 && config->connect_timeout <= 86400000);
    REQUIRE(config->state_dir[0] == '/' && config->hosts_file[0] == '/');
    check_route(config, "192.0.2.1");
    check_route(config, "2001:db8::1");
    check_route(config, "host.example");
}

static void check_error(const char *error, size_t cap)
{
    size_t len = strnlen(error, cap);
    REQUIRE(len > 0 && len < cap);
    for (size_t i = 0; i < len; i++)
        REQUIRE(error[i] >= 0x20 && error[i] < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char error[200];
    struct s5a_config *config;
    if (size == 0)
        return 0;
    struct s5a_span text = { data + 1, size - 1 };
    enum s5a_status status =
        s5a_config_load_text(&config, no_environment, "F", data[0] & 1, text, error, sizeof(error));
    REQUIRE((status == S5A_OK) == (config != NULL));
    if (config != NULL)
        check_config(config);
    else
        check_error(error, sizeof(error));
    s5a_config_free(config);
    return 0;
}

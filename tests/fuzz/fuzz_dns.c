/* A query to the name server that the shim plays. */
#include "tests/fuzz/check.h"

#include "shim/names/dns.h"

static struct s5a_config config;
static struct s5a_fakemap *map;

static const struct s5a_config *get_config(void)
{
    return &config;
}

static struct s5a_fakemap *get_map(void)
{
    return map;
}

static void set_up(void)
{
    static const uint8_t v4[4] = { 198, 18 };
    static const uint8_t v6[16] = { 0xfd };
    static char hosts[] = "/nonexistent";
    if (map != NULL)
        return;
    config.fake4 = (struct s5a_prefix){ s5a_address_ipv4(v4), 15 };
    config.fake6 = (struct s5a_prefix){ s5a_address_ipv6(v6), 96 };
    config.hosts_file = hosts;
    config.log_level = S5A_LOG_ERROR;
    s5a_log_setup(S5A_LOG_ERROR, NULL);
    map = s5a_fakemap_open(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct s5a_names names = { get_config, get_map };
    size_t cap = size > 0 ? data[0] * 3u : 0;
    set_up();
    uint8_t *query = malloc(size + 1);
    uint8_t *answer = malloc(cap + 1);
    REQUIRE(query != NULL && answer != NULL);
    struct s5a_span span = { query, size > 0 ? size - 1 : 0 };
    if (span.len > 0)
        memcpy(query, data + 1, span.len);
    size_t len = s5a_dns_answer(&names, span, answer, cap);
    REQUIRE(len <= cap);
    /* the same id, marked as an answer, at least as long as the question */
    REQUIRE(len == 0 || (len > 12 && memcmp(answer, query, 2) == 0 && (answer[2] & 0x80) != 0));
    free(query);
    free(answer);
    return 0;
}

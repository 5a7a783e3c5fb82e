/* Values of settings, each into its place. */
#include "server/settings_table.h"

#include <string.h>
#include <sys/un.h>

#include "server/value.h"

static bool add_listen(struct s5ad_settings *settings, const char *value,
                       struct s5ad_problem *problem)
{
    struct s5ad_sockaddr at;
    size_t path_max = sizeof((struct sockaddr_un *)NULL)->sun_path - 1;
    bool is_unix = strncmp(value, "unix:/", 6) == 0 && strlen(value + 5) <= path_max;
    if (!is_unix && !s5ad_sockaddr_parse(&at, value))
        return s5ad_value_wrong(problem, value, "IPv4:PORT, [IPv6]:PORT or unix:/path");
    if (settings->listen_count == S5AD_LISTEN_MAX)
        return s5ad_problem_set(problem, "at most %d listeners", S5AD_LISTEN_MAX);
    return s5ad_value_text(&settings->listen[settings->listen_count++], value, problem);
}

static bool add_key(struct s5ad_settings *settings, const char *value, struct s5ad_problem *problem)
{
    for (unsigned i = 0; i < S5A_EAF_STATICS_MAX; i++)
        if (!settings->server_keys[i])
            return s5ad_value_text(&settings->server_keys[i], value, problem);
    return s5ad_problem_set(problem, "at most %d server keys", S5A_EAF_STATICS_MAX);
}

static bool set_address(struct s5ad_sockaddr both[2], const char *value,
                        struct s5ad_problem *problem)
{
    struct s5a_address address;
    struct s5a_span text = { (const uint8_t *)value, strlen(value) };
    bool is_ip = s5a_address_parse(&address, text) == S5A_OK &&
                 (address.type == S5A_ATYP_IPV4 || address.type == S5A_ATYP_IPV6);
    if (!is_ip)
        return s5ad_value_wrong(problem, value, "an IPv4 or IPv6 address");
    both[address.type == S5A_ATYP_IPV6] = s5ad_sockaddr_of(&address, 0);
    return true;
}

bool s5ad_setting_set(const struct s5ad_setting *setting, struct s5ad_settings *settings,
                      const char *value, struct s5ad_problem *problem)
{
    void *at = (char *)settings + setting->offset;
    switch (setting->kind) {
    case S5AD_SETTING_LISTEN:
        return add_listen(settings, value, problem);
    case S5AD_SETTING_TEXT:
        return s5ad_value_text(at, value, problem);
    case S5AD_SETTING_SWITCH:
        return s5ad_value_switch(at, value, problem);
    case S5AD_SETTING_METHODS:
        return s5ad_value_methods(&settings->methods, value, problem);
    case S5AD_SETTING_KEY:
        return add_key(settings, value, problem);
    case S5AD_SETTING_ALLOW:
    case S5AD_SETTING_DENY:
        return s5ad_acl_add_text(&settings->acl, setting->kind == S5AD_SETTING_ALLOW, value,
                                 problem);
    case S5AD_SETTING_DURATION:
        return s5ad_value_duration(at, value, problem);
    case S5AD_SETTING_COUNT:
        return s5ad_value_count(at, value, problem);
    case S5AD_SETTING_DESCRIPTOR:
        return s5ad_value_descriptor(at, value, problem);
    case S5AD_SETTING_LEVEL:
        return s5ad_value_level(at, value, problem);
    case S5AD_SETTING_PORTS:
        return s5ad_value_ports(&settings->ports.low, &settings->ports.high, value, problem);
    case S5AD_SETTING_SOCKET:
        return s5ad_unix_list_add(&settings->sockets, value, problem);
    case S5AD_SETTING_ADDRESSES:
        return set_address(at, value, problem);
    case S5AD_SETTING_TOL:
        return s5ad_tol_config_set(&settings->tol, setting->key, value, problem);
    }
    return false;
}

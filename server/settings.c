/* Settings: their defaults, their keys in the INI file and their options. */
#include "server/settings.h"

#include <stdlib.h>
#include <string.h>

#include "server/eaf/realm.h"
#include "server/settings_table.h"

void s5ad_settings_init(struct s5ad_settings *settings)
{
    *settings = (struct s5ad_settings){
        .max_handshakes = 8192,
        .handshake_ms = 10000,
        .connect_ms = 30000,
        .drain_ms = 10000,
        .ticket_lifetime = S5AD_TICKET_LIFETIME,
        .log_level = S5AD_LOG_WARNING,
        .udp = true,
        .udp_idle = 300,
        .udp_idle_max = 3600,
        .udp_largest = 65507,
        .pool_lifetime = 60,
        .bind_ms = 60000,
        .max_pool = { .each = 32, .all = 1024 },
        .max_bind = { .each = 32, .all = 1024 },
        .max_waiting = { .each = 1024, .all = 16384 },
        .max_udp = { .each = 256, .all = 4096 },
        .pool = true,
        .ready_fd = -1,
    };
    s5ad_tol_config_init(&settings->tol);
}

void s5ad_settings_wipe(struct s5ad_settings *settings)
{
    for (unsigned i = 0; i < settings->listen_count; i++)
        free(settings->listen[i]);
    free(settings->users);
    for (unsigned i = 0; i < S5A_EAF_STATICS_MAX; i++)
        free(settings->server_keys[i]);
    free(settings->network_key);
    free(settings->ticket_key);
    free(settings->nameservers);
    free(settings->hosts);
    free(settings->metrics);
    s5ad_acl_wipe(&settings->acl);
    s5ad_unix_list_wipe(&settings->sockets);
    s5ad_settings_init(settings);
}

static const struct s5ad_setting *find_key(const char *section, const char *key)
{
    for (size_t i = 0; i < s5ad_settings_count; i++)
        if (s5ad_settings_table[i].section && !strcmp(s5ad_settings_table[i].section, section) &&
            !strcmp(s5ad_settings_table[i].key, key))
            return &s5ad_settings_table[i];
    return NULL;
}

static bool is_option_of(const char *name, const char *key)
{
    for (; *key && *name; key++, name++)
        if (*name != (*key == '_' ? '-' : *key))
            return false;
    return *key == *name;
}

static const struct s5ad_setting *find_option(const char *name)
{
    for (size_t i = 0; i < s5ad_settings_count; i++)
        if (is_option_of(name, s5ad_settings_table[i].key))
            return &s5ad_settings_table[i];
    return NULL;
}

static bool set_key(void *data, const char *section, const char *name, const char *value,
                    struct s5ad_problem *problem)
{
    const struct s5ad_setting *setting = find_key(section, name);
    if (!setting)
        return s5ad_problem_set(problem,
                                "found \"%.60s\" in [%.60s], expected a key of [server], [tol], "
                                "[acl], [commands], [names], [limits] or [log]",
                                name, section);
    return s5ad_setting_set(setting, data, value, problem);
}

bool s5ad_settings_read(struct s5ad_settings *settings, const char *path,
                        struct s5ad_problem *problem)
{
    return s5ad_inifile_read(path, set_key, settings, problem);
}

enum s5ad_option_kind s5ad_settings_kind(const char *name)
{
    const struct s5ad_setting *setting = find_option(name);
    if (!setting)
        return S5AD_OPTION_UNKNOWN;
    return setting->kind == S5AD_SETTING_SWITCH ? S5AD_OPTION_SWITCH : S5AD_OPTION_VALUE;
}

bool s5ad_settings_option(struct s5ad_settings *settings, const char *name, const char *value,
                          struct s5ad_problem *problem)
{
    const struct s5ad_setting *setting = find_option(name);
    if (!setting)
        return s5ad_problem_set(problem, "unknown option --%.100s", name);
    struct s5ad_problem inner = { "" };
    if (s5ad_setting_set(setting, settings, value ? value : "yes", &inner))
        return true;
    return s5ad_problem_set(problem, "--%.100s: %.300s", name, inner.text);
}

void s5ad_settings_help(void)
{
    for (size_t i = 0; i < s5ad_settings_count; i++) {
        char name[64];
        snprintf(name, sizeof name, "--%s", s5ad_settings_table[i].key);
        for (char *at = name; *at; at++)
            if (*at == '_')
                *at = '-';
        printf("  %-22s %s\n", name, s5ad_settings_table[i].help);
    }
}

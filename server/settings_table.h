/* What the files of settings share: their table; for settings*.c only. */
#pragma once

#include <stddef.h>

#include "server/settings.h"

enum s5ad_setting_kind {
    S5AD_SETTING_LISTEN,
    S5AD_SETTING_TEXT,
    S5AD_SETTING_SWITCH,
    S5AD_SETTING_METHODS,
    S5AD_SETTING_KEY,
    S5AD_SETTING_ALLOW,
    S5AD_SETTING_DENY,
    S5AD_SETTING_DURATION,
    S5AD_SETTING_COUNT,
    S5AD_SETTING_DESCRIPTOR,
    S5AD_SETTING_LEVEL,
    S5AD_SETTING_PORTS,
    S5AD_SETTING_ADDRESSES, /* two, the IPv4 and the IPv6 one */
    S5AD_SETTING_SOCKET,
    S5AD_SETTING_TOL,
};

/* An option is its key with "-" for "_"; a switch without a value means "yes". */
struct s5ad_setting {
    const char *section, *key; /* section NULL: no key of the file */
    enum s5ad_setting_kind kind;
    size_t offset; /* in the settings, where the kind says no more */
    const char *help;
};

extern const struct s5ad_setting s5ad_settings_table[];
extern const size_t s5ad_settings_count;

/* Reads a value into its place. */
S5A_MUST_USE bool s5ad_setting_set(const struct s5ad_setting *setting,
                                   struct s5ad_settings *settings, const char *value,
                                   struct s5ad_problem *problem);

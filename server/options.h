/* The command line of socks5ad. */
#pragma once

#include "server/settings.h"

enum s5ad_action {
    S5AD_ACTION_SERVE,
    S5AD_ACTION_HELP,
    S5AD_ACTION_VERSION,
    S5AD_ACTION_HASH,  /* --hash-password */
    S5AD_ACTION_WRONG, /* `problem` says why */
};

/* Reads the file that -c names, then the options, into `settings`. Options add to the lists of the
 * file and override the rest of it. */
enum s5ad_action s5ad_options_read(struct s5ad_settings *settings, int argc, char **argv,
                                   struct s5ad_problem *problem);

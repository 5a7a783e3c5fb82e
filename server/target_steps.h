/* What the files of targets share; for target*.c only. */
#pragma once

#include "server/target.h"

/* A Unix socket: settles `rep` and `why` at once. */
void s5ad_target_open_unix(struct s5ad_target *target, const struct s5a_address *address);

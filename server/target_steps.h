/* What the files of targets share; for target*.c only. */
#pragma once

#include "server/target.h"

/* A Unix socket: settles `rep` and `why` at once, but where it is queued. Then, ms to wait until it is
 * tried again. */
void s5ad_target_open_unix(struct s5ad_target *target, const struct s5a_address *address);
void s5ad_target_try_unix(struct s5ad_target *target);
enum { S5AD_TARGET_PAUSE = 5 };

/* What the files of targets share; for target*.c only. */
#pragma once

#include "server/target.h"

/* A Unix socket: settles `rep` and `why` at once, but where it is queued. */
void s5ad_target_open_unix(struct s5ad_target *target, const struct s5a_address *address);
void s5ad_target_try_unix(struct s5ad_target *target);
/* ms to wait then until it is tried again: longer each time. */
uint64_t s5ad_target_pause(struct s5ad_target *target);

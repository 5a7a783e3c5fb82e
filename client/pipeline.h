/* Which proxies take greeting and request in one write: some (microsocks) throw early bytes away
 * and then wait for ever. `pipeline = auto` tries once on a proxy that nothing is known of and
 * remembers the outcome in the state directory, a file for each proxy. */
#pragma once

#include "client/proxy.h"

enum s5a_pipeline_memory { S5A_PIPELINE_UNKNOWN, S5A_PIPELINE_TAKES, S5A_PIPELINE_DROPS };

enum { S5A_PIPELINE_TRIAL_MS = 1000 }; /* wait for the reply behind the selection in a trial */

/* `state_dir` NULL: UNKNOWN. Reads one small file; call it once for each proxy and process. */
enum s5a_pipeline_memory s5a_pipeline_recall(const char *state_dir, const struct s5a_proxy *proxy);
/* Best effort: false where it could not be kept, and then no trial should be made again. */
bool s5a_pipeline_remember(const char *state_dir, const struct s5a_proxy *proxy,
                           enum s5a_pipeline_memory memory);

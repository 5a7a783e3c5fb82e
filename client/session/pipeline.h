/* Which proxies take greeting and request in one write: some (microsocks) throw early bytes away
 * and then wait for ever. `pipeline = auto` tries once on a proxy that nothing is known of and
 * remembers the outcome: in the state directory, a file for each proxy, and in the process. */
#pragma once

#include "client/routes/proxy.h"

enum s5a_pipeline_memory {
    S5A_PIPELINE_UNKNOWN, /* worth a trial */
    S5A_PIPELINE_TAKES,
    S5A_PIPELINE_DROPS,  /* holds for S5A_PIPELINE_DROPS_S, since a slow target may look like it */
    S5A_PIPELINE_TRYING, /* someone is at it, or it told nothing: holds for S5A_PIPELINE_TRYING_S */
};

enum {
    S5A_PIPELINE_SELECTION_MS = 5000, /* wait for the selection in a trial */
    S5A_PIPELINE_TRIAL_MS = 1000,     /* wait for the reply behind it */
    S5A_PIPELINE_DROPS_S = 24 * 3600,
    S5A_PIPELINE_TRYING_S = 600,
};

/* `state_dir` NULL, or not usable: DROPS, since each process would try again. Reads one small file
 * until it knows, then the process's memory, which any thread may ask. */
enum s5a_pipeline_memory s5a_pipeline_recall(const char *state_dir, const struct s5a_proxy *proxy);
/* False where it could not be kept in the directory; the process then takes it for DROPS. A trial begins with TRYING, and is not made
 * where that fails, so that a process killed in it does not leave the next one to the same. */
bool s5a_pipeline_remember(const char *state_dir, const struct s5a_proxy *proxy,
                           enum s5a_pipeline_memory memory);

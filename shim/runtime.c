/* What the shim knows of its process, made on first use. */
#include "shim/runtime.h"

#include <errno.h>
#include <netdb.h>
#include <stdatomic.h>
#include <string.h>

#include "shim/environment.h"
#include "shim/sockets/io_real.h"
#include "shim/lock.h"
#include "shim/names/names.h"

/* Published once each; a reader that sees them needs no lock. */
static _Atomic(const struct s5a_config *) config;
static _Atomic(struct s5a_fakemap *) fakemap;
static atomic_bool config_is_bad, is_told;
static char error[512]; /* why it is bad */

static const struct s5a_config *load_locked(void)
{
    struct s5a_config *loaded;
    if (atomic_load(&config_is_bad) || atomic_load(&config) != NULL)
        return atomic_load(&config);
    if (s5a_config_load(&loaded, s5a_environment_get, error, sizeof error) != S5A_OK) {
        atomic_store(&config_is_bad, true);
        return NULL;
    }
    s5a_log_setup(loaded->log_level, loaded->log_file);
    if (!s5a_config_needs_resolver(loaded))
        s5a_names_cut_nss();
    atomic_store(&config, loaded);
    return loaded;
}

const struct s5a_config *s5a_runtime_config_known(void)
{
    return atomic_load(&config);
}

const struct s5a_config *s5a_runtime_config_quietly(void)
{
    const struct s5a_config *known = atomic_load(&config);
    if (known != NULL || atomic_load(&config_is_bad))
        return known;
    int saved = errno;
    struct s5a_locked locked;
    s5a_lock(&locked);
    known = load_locked();
    s5a_unlock(&locked);
    errno = saved;
    return known;
}

const struct s5a_config *s5a_runtime_config(void)
{
    const struct s5a_config *known = s5a_runtime_config_quietly();
    int saved = errno;
    if (known == NULL && !atomic_exchange(&is_told, true))
        s5a_log(S5A_LOG_ERROR, "%s: every connection is denied", error);
    errno = saved;
    return known;
}

struct s5a_fakemap *s5a_runtime_fakemap(void)
{
    struct s5a_fakemap *known = atomic_load(&fakemap);
    const struct s5a_config *settings = s5a_runtime_config();
    if (known != NULL || settings == NULL)
        return known;
    int saved = errno;
    struct s5a_locked locked;
    s5a_lock(&locked);
    if (atomic_load(&fakemap) == NULL)
        atomic_store(&fakemap, s5a_fakemap_open(settings));
    s5a_unlock(&locked);
    errno = saved;
    return atomic_load(&fakemap);
}

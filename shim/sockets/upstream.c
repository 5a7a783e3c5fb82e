/* Where the first hop of a proxy is, remembered where it was a name. */
#include "shim/sockets/upstream.h"

#include "shim/sockets/io_real.h"
#include "shim/lock.h"

enum { KEPT_MS = 60000, KEPT_MAX = 4 };

struct kept {
    const struct s5a_proxy *proxy; /* NULL: free */
    uint64_t until;
    struct s5a_resolved resolved;
};

static struct kept kept[KEPT_MAX]; /* under the lock */
static unsigned next;

static bool recall(const struct s5a_proxy *proxy, struct s5a_resolved *out)
{
    struct s5a_locked locked;
    bool found = false;
    uint64_t now = s5a_now();
    s5a_lock(&locked);
    for (unsigned i = 0; i < KEPT_MAX && !found; i++) {
        found = kept[i].proxy == proxy && now < kept[i].until;
        if (found)
            *out = kept[i].resolved;
    }
    s5a_unlock(&locked);
    return found;
}

static void keep(const struct s5a_proxy *proxy, const struct s5a_resolved *resolved)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    kept[next++ % KEPT_MAX] = (struct kept){ proxy, s5a_now() + KEPT_MS, *resolved };
    s5a_unlock(&locked);
}

int s5a_upstream_find(const struct s5a_proxy *first, struct s5a_resolved *out)
{
    bool is_name = first->at.address.type == S5A_ATYP_NAME;
    if (is_name && recall(first, out))
        return 0;
    int failed = s5a_resolve(s5a_io_real(), &first->at, out);
    if (failed == 0 && is_name)
        keep(first, out);
    return failed;
}

bool s5a_upstream_is_known(const struct s5a_proxy *first)
{
    struct s5a_resolved unused;
    return first->at.address.type != S5A_ATYP_NAME || recall(first, &unused);
}

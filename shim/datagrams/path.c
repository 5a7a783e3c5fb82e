/* By which way datagrams reach a proxy. */
#include "shim/datagrams/path.h"

#include <stdatomic.h>
#include <string.h>

#include "protocol/greeting.h"

enum { KNOWN_MAX = 16 };

/* Proxies whose sessions take no datagrams, though by EAF they might. */
static _Atomic(const struct s5a_proxy *) refusing[KNOWN_MAX];
static atomic_uint refusing_count;

static bool is_refusing(const struct s5a_proxy *proxy)
{
    for (unsigned i = 0; i < KNOWN_MAX; i++)
        if (atomic_load(&refusing[i]) == proxy)
            return true;
    return false;
}

/* A session in clear leaves the choice, one in records does not (profile, section 5). Over a chain it
 * is the shorter way: one association in place of one a proxy. */
static bool takes_in_stream(const struct s5a_config *config, const struct s5a_proxy *proxy)
{
    int method = s5a_proxy_eaf_method(proxy);
    if (method < 0 || method == S5A_METHOD_TOL)
        return method == S5A_METHOD_TOL;
    if (is_refusing(proxy) || config->udp_transport == S5A_UDP_DATAGRAMS)
        return false;
    return config->udp_transport == S5A_UDP_STREAM || proxy->via != NULL;
}

void s5a_datagram_path_choose(struct s5a_datagram_path *out, const struct s5a_config *config,
                              const struct s5a_proxy *proxy)
{
    const struct s5a_proxy *first = proxy;
    memset(out, 0, sizeof *out);
    while (first->via != NULL && !takes_in_stream(config, first))
        first = first->via;
    out->is_in_stream = takes_in_stream(config, first);
    if (!out->is_in_stream && config->udp_transport == S5A_UDP_STREAM)
        return;
    for (const struct s5a_proxy *hop = proxy;; hop = hop->via) {
        out->count++;
        if (hop == first)
            break;
    }
    for (unsigned i = out->count; i > 0; i--, proxy = proxy->via)
        out->hops[i - 1] = proxy;
}

bool s5a_datagram_path_change(struct s5a_datagram_path *path, const struct s5a_config *config)
{
    const struct s5a_proxy *last = path->hops[path->count - 1];
    if (!path->is_in_stream || s5a_proxy_eaf_method(path->hops[0]) == S5A_METHOD_TOL)
        return false;
    if (!is_refusing(path->hops[0]))
        atomic_store(&refusing[atomic_fetch_add(&refusing_count, 1) % KNOWN_MAX], path->hops[0]);
    s5a_datagram_path_choose(path, config, last);
    return path->count > 0;
}

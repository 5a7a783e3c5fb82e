/* Names that are direct, for datagrams. */
#include "shim/datagrams/direct_names.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "client/clock.h"
#include "shim/datagrams/targets.h"
#include "shim/lock.h"
#include "shim/real.h"

enum { KEPT_MAX = 32, KEPT_MS = 60000, NOTHING_MS = 5000 };

/* By the fake address, which is the name's for good. */
static struct kept {
    struct key {
        union s5a_inet given; /* without its port; family 0: free */
        sa_family_t domain;
        bool is_v6only;
    } key;
    uint64_t until;
    union s5a_inet at; /* family 0: nowhere */
} list[KEPT_MAX];      /* under the lock */
static unsigned next;

static bool is_same(const struct key *a, const struct key *b)
{
    return s5a_inet_equal(&a->given, &b->given) && a->domain == b->domain &&
           a->is_v6only == b->is_v6only;
}

static struct kept *find(const struct key *key, uint64_t now)
{
    for (size_t i = 0; i < KEPT_MAX; i++)
        if (is_same(&list[i].key, key) && now < list[i].until)
            return &list[i];
    return NULL;
}

static bool recall(const struct key *key, union s5a_inet *out)
{
    struct s5a_locked locked;
    uint64_t now = s5a_now();
    s5a_lock(&locked);
    const struct kept *known = find(key, now);
    if (known != NULL)
        *out = known->at;
    s5a_unlock(&locked);
    return known != NULL;
}

static void keep(const struct key *key, const union s5a_inet *at)
{
    struct s5a_locked locked;
    uint64_t now = s5a_now();
    s5a_lock(&locked);
    struct kept *place = find(key, now);
    if (place == NULL)
        place = &list[next++ % KEPT_MAX];
    place->key = *key;
    place->at = *at;
    place->until = now + (at->family == 0 ? NOTHING_MS : KEPT_MS);
    s5a_unlock(&locked);
}

static void look_up(const struct key *key, const char *name, union s5a_inet *out)
{
    struct addrinfo hints = { .ai_family = key->domain, .ai_socktype = SOCK_DGRAM }, *found;
    memset(out, 0, sizeof *out);
    if (key->domain == AF_INET6 && !key->is_v6only)
        hints.ai_flags = AI_V4MAPPED | AI_ALL;
    if (S5A_REAL(getaddrinfo)(name, NULL, &hints, &found) != 0)
        return;
    if (found->ai_addrlen <= sizeof *out)
        memcpy(out, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
}

int s5a_direct_name_find(int fd, const struct s5a_socket_kind *kind,
                         const struct s5a_named_target *named, union s5a_inet *out)
{
    struct key key = { .given = named->as_given, .domain = (sa_family_t)kind->domain };
    key.given.v4.sin_port = 0; /* at the same place in both families */
    key.is_v6only = s5a_socket_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) != 0;
    if (!recall(&key, out)) {
        look_up(&key, named->name, out);
        keep(&key, out);
    }
    out->v4.sin_port = named->as_given.v4.sin_port;
    return out->family == 0 ? -EHOSTUNREACH : 0;
}

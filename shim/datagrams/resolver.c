/* Datagrams to port 53, answered. */
#include "shim/datagrams/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "shim/datagrams/letting_in.h"
#include "shim/datagrams/loopback.h"
#include "shim/engine/private.h"
#include "shim/lock.h"
#include "shim/names/stub.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/runtime.h"

enum {
    PORT = 53,
    TRIES = 8, /* for one port that is free in both families */
};

/* Under the lock until it is published by `port`; for the life of the process, and its children's. */
static struct {
    int v4, v6; /* private; -1: not to be had */
    union s5a_inet address;
} own = { -1, -1, { 0 } };

bool s5a_resolver_is_for(const struct s5a_config *config, const struct s5a_target *target)
{
    return target->port == PORT && config->dns_mode != S5A_DNS_LOCAL &&
           config->dns_mode != S5A_DNS_DENY;
}

const union s5a_inet *s5a_resolver_address(void)
{
    return &own.address;
}

/* ---- the socket ---- */

struct pair {
    int v4, v6; /* private; negative: not to be had */
    union s5a_inet address;
};

/* False: the port of one is taken in the other family. */
static bool open_pair(struct pair *out)
{
    union s5a_inet v4, v6;
    s5a_inet_loopback(&v4, AF_INET);
    s5a_inet_loopback(&v6, AF_INET6);
    out->v4 = s5a_loopback_open(&v4);
    v6.v6.sin6_port = out->v4 < 0 ? 0 : v4.v4.sin_port;
    out->v6 = s5a_loopback_open(&v6);
    out->address = out->v4 >= 0 ? v4 : v6;
    if (out->v6 != -EADDRINUSE || out->v4 < 0)
        return true;
    s5a_private_close(out->v4);
    out->v4 = -1;
    return false;
}

static void keep(int fd)
{
    if (fd >= 0)
        s5a_private_keep(fd);
}

/* Nobody reads what others send there. Private numbers are not made under the lock. */
static void open_once(void)
{
    static atomic_bool is_opened;
    struct s5a_locked locked;
    struct pair fresh;
    if (atomic_load(&is_opened))
        return;
    for (int i = 0; i < TRIES && !open_pair(&fresh); i++)
        continue;
    s5a_lock(&locked);
    bool is_late = atomic_load(&is_opened);
    if (!is_late) {
        own.v4 = fresh.v4;
        own.v6 = fresh.v6;
        own.address = fresh.address;
        keep(own.v4);
        keep(own.v6);
        atomic_store(&is_opened, true);
    }
    s5a_unlock(&locked);
    if (is_late) {
        s5a_private_close(fresh.v4);
        s5a_private_close(fresh.v6);
    }
}

/* ---- an answer's way ---- */

/* Where an answer goes, and what stands before it. */
struct bearer {
    int by; /* of `own` */
    union s5a_inet to;
    size_t header_len;
    uint8_t header[S5A_UDP_HEADER_MAX];
};
_Static_assert(sizeof(struct bearer) <= S5A_STUB_CONTEXT_MAX, "an answer may be brought later");

static int find_way(int fd, const struct s5a_association *a, const struct s5a_named_target *named,
                    struct bearer *out)
{
    struct s5a_writer w;
    int failed = s5a_loopback_reach(fd, a->domain, &out->to);
    if (failed != 0)
        return failed;
    out->by = out->to.family == AF_INET ? own.v4 : own.v6;
    s5a_writer_init(&w, out->header, sizeof out->header);
    s5a_udp_header_encode(&w, &named->target.address, named->target.port);
    out->header_len = s5a_writer_len(&w);
    return 0;
}

static int bring(const struct bearer *bearer, struct s5a_span answer)
{
    uint8_t bytes[S5A_UDP_HEADER_MAX + S5A_DNS_UDP_MOST];
    memcpy(bytes, bearer->header, bearer->header_len);
    memcpy(bytes + bearer->header_len, answer.at, answer.len);
    ssize_t sent =
        S5A_REAL(sendto)(bearer->by, bytes, bearer->header_len + answer.len,
                         MSG_DONTWAIT | MSG_NOSIGNAL, &bearer->to.plain, s5a_inet_len(&bearer->to));
    return sent < 0 ? -errno : 0;
}

static void bring_later(const void *context, struct s5a_span answer)
{
    struct bearer bearer;
    memcpy(&bearer, context, sizeof bearer);
    if (answer.len > 0)
        (void)bring(&bearer, answer);
}

static int answer_now(const struct bearer *bearer, const struct s5a_stub_query *query)
{
    uint8_t answer[S5A_DNS_UDP_MOST];
    size_t len = s5a_stub_answer(s5a_names_of_process(), query, answer, sizeof answer);
    return len > 0 ? bring(bearer, (struct s5a_span){ answer, len }) : 0;
}

int s5a_resolver_ask(int fd, const struct s5a_association *a, const struct s5a_named_target *named,
                     struct s5a_span query)
{
    struct s5a_stub_query asked = { .bytes = query, .server = named->target };
    struct bearer bearer;
    open_once();
    int failed = s5a_let_in_resolver(fd, a);
    if (failed == 0)
        failed = find_way(fd, a, named, &bearer);
    if (failed != 0)
        return failed;
    switch (s5a_stub_look(s5a_names_of_process(), &asked)) {
    case S5A_STUB_SILENT:
        return 0;
    case S5A_STUB_NOW:
        return answer_now(&bearer, &asked);
    default: /* one that gets lost is asked for again */
        (void)!s5a_stub_later(s5a_names_of_process(), &asked, bring_later, &bearer, sizeof bearer);
        return 0;
    }
}

/* One connect() of the program through a proxy, as steps that do not wait. */
#include "shim/sockets/attempt.h"

#include <errno.h>
#include <string.h>

#include "shim/real.h"
#include "shim/sockets/attempt_dial.h"
#include "shim/sockets/io_real.h"
#include "shim/sockets/pool.h"
#include "shim/sockets/upstream.h"

enum {
    GO_ON = 1,    /* of a stage: another stage follows at once */
    PAUSE_MS = 5, /* until a full backlog is asked again */
};

/* Errors after which another address of the same proxy may do better. */
static bool is_worth_another(int failed)
{
    return failed == -ECONNREFUSED || failed == -ENETUNREACH || failed == -EHOSTUNREACH ||
           failed == -EADDRNOTAVAIL;
}

/* A socket whose failure was asked of SO_ERROR tells the next connect() of it once more
 * (ECONNABORTED), whatever that is to. */
static int not_connected(struct s5a_attempt *a, int failed)
{
    bool is_begun = a->stage == S5A_ATTEMPT_CONNECT && a->standin < 0;
    s5a_attempt_close_standin(a);
    if (is_begun)
        s5a_dissolve(a->own);
    if (!is_worth_another(failed) || a->next + 1 >= a->where.count)
        return failed;
    a->next++;
    a->stage = S5A_ATTEMPT_DIAL;
    return GO_ON;
}

static int connected(struct s5a_attempt *a)
{
    struct s5a_chain_goal goal = { s5a_io_real(),    a->config->state_dir, a->proxy,
                                   &a->named.target, &a->report,           a->ask };
    a->is_dialled = true;
    s5a_chain_begin(&a->chain, &goal, s5a_attempt_socket(a), a->deadline, !a->is_retried);
    a->stage = S5A_ATTEMPT_TALK;
    return GO_ON;
}

/* Another connection, and a session from its beginning. */
static void give_pooled_up(struct s5a_attempt *a)
{
    s5a_chain_wipe(&a->chain);
    s5a_attempt_close_standin(a);
    a->is_pooled = a->is_dialled = a->is_told = false;
    a->warm[0] = '\0';
    a->stage = S5A_ATTEMPT_DIAL;
}

/* It ended before it answered, or it is too old, or what it was to lead to is: that says nothing of the
 * target. */
static bool has_gone_stale(const struct s5a_attempt *a, int result)
{
    return a->is_pooled && result != -ETIMEDOUT &&
           (a->report.rep < 0 || a->report.rep == S5A_REP_AUTH_EXPIRED || a->warm[0] != '\0');
}

/* ---- stages ---- */

/* IPv6 first for IPv6 sockets: once connected to a v4-mapped address, the kernel goes on to send by
 * IPv4 for such a socket, to wherever it is connected afterwards. */
static void put_ipv6_first(struct s5a_resolved *where)
{
    struct s5a_resolved given = *where;
    where->count = 0;
    for (int round = 0; round < 2; round++)
        for (unsigned i = 0; i < given.count; i++)
            if ((given.list[i].at.ss_family == AF_INET) == (round == 1))
                where->list[where->count++] = given.list[i];
}

/* To a port or an address of its own, which another socket has not. */
static bool is_bound(int fd)
{
    union s5a_inet own;
    socklen_t len = sizeof own;
    memset(&own, 0, sizeof own);
    return S5A_REAL(getsockname)(fd, &own.plain, &len) != 0 ||
           (own.family != AF_UNIX && own.v4.sin_port != 0);
}

/* A session that waits saves all round trips but one. It is another socket than the program's. */
static void draw_from_pool(struct s5a_attempt *a)
{
    struct s5a_chain_goal goal = { s5a_io_real(),    a->config->state_dir, a->proxy,
                                   &a->named.target, &a->report,           NULL };
    s5a_pool_want(a->config, a->proxy);
    if (is_bound(a->own))
        return;
    int fd = s5a_pool_take(&goal, &a->chain, &a->report.login, a->warm);
    if (fd < 0)
        return;
    a->standin = fd;
    a->dials++;
    a->is_pooled = a->is_dialled = a->is_told = true;
    a->stage = S5A_ATTEMPT_TALK;
    int failed = a->warm[0] != '\0' ? s5a_chain_get(&a->chain, a->warm, a->deadline)
                                    : s5a_chain_connect(&a->chain, a->deadline);
    if (failed != 0) /* a type that the proxy lacks, say */
        give_pooled_up(a);
}

static int find(struct s5a_attempt *a, bool ready)
{
    (void)ready;
    int failed = s5a_upstream_find(s5a_chain_first(a->proxy), &a->where);
    if (a->kind.domain == AF_INET6 && a->where.count > 1)
        put_ipv6_first(&a->where);
    a->stage = S5A_ATTEMPT_DIAL;
    if (failed == 0 && a->ask == NULL && a->proxy->pool > 0)
        draw_from_pool(a);
    return failed != 0 ? failed : GO_ON;
}

static int dial_next(struct s5a_attempt *a, bool ready)
{
    (void)ready;
    int failed = s5a_attempt_dial(a);
    a->is_told = failed == 0;
    if (failed == 0)
        return connected(a);
    if (failed == -EINPROGRESS) {
        a->stage = S5A_ATTEMPT_CONNECT;
        return -EINPROGRESS;
    }
    if (failed == -EAGAIN && a->standin >= 0 && s5a_now() < a->deadline) {
        a->stage = S5A_ATTEMPT_PAUSE;
        a->pause = s5a_now() + PAUSE_MS;
        return -EINPROGRESS;
    }
    return not_connected(a, failed == -EAGAIN ? -ETIMEDOUT : failed);
}

static int wait_connected(struct s5a_attempt *a, bool ready)
{
    int failed = -ETIMEDOUT;
    if (ready)
        failed = s5a_attempt_outcome(a);
    else if (s5a_now() < a->deadline)
        failed = -EINPROGRESS;
    if (failed == -EINPROGRESS)
        return failed;
    return failed == 0 ? connected(a) : not_connected(a, failed);
}

static int pause_dialling(struct s5a_attempt *a, bool ready)
{
    (void)ready;
    if (s5a_now() < a->pause)
        return -EINPROGRESS;
    a->stage = S5A_ATTEMPT_DIAL;
    return GO_ON;
}

static int talk(struct s5a_attempt *a, bool ready)
{
    int result = s5a_chain_step(&a->chain, ready);
    if (result == 0 || result == -EINPROGRESS)
        return result;
    if (has_gone_stale(a, result)) {
        give_pooled_up(a);
        return GO_ON;
    }
    s5a_attempt_disconnect(a);
    if (result == -EAFNOSUPPORT && a->otherwise != NULL) {
        a->named.target = *a->otherwise;
        a->otherwise = NULL;
    } else if (result != -EAGAIN) {
        return result;
    }
    a->is_retried = true;
    a->is_dialled = false;
    a->stage = S5A_ATTEMPT_DIAL;
    return GO_ON;
}

void s5a_attempt_init(struct s5a_attempt *a, int own, const struct s5a_socket_kind *kind,
                      const struct s5a_config *config, const struct s5a_proxy *proxy)
{
    a->kind = *kind;
    a->config = config;
    a->proxy = proxy;
    a->own = own;
    a->ask = NULL;
    a->standin = -1;
    a->otherwise = NULL;
    a->is_pooled = false;
    a->is_patient = a->is_dialled = a->is_told = a->is_retried = false;
    a->deadline = s5a_now() + config->connect_timeout;
    a->stage = S5A_ATTEMPT_FIND;
    a->next = a->dials = 0;
    a->report = (struct s5a_chain_report){ .proxy = proxy };
}

int s5a_attempt_step(struct s5a_attempt *a, bool ready)
{
    static int (*const stages[])(struct s5a_attempt *, bool) = {
        [S5A_ATTEMPT_FIND] = find,
        [S5A_ATTEMPT_DIAL] = dial_next,
        [S5A_ATTEMPT_CONNECT] = wait_connected,
        [S5A_ATTEMPT_PAUSE] = pause_dialling,
        [S5A_ATTEMPT_TALK] = talk,
    };
    int result;
    do {
        result = stages[a->stage](a, ready);
        ready = false;
    } while (result == GO_ON);
    return result;
}

bool s5a_attempt_may_block(const struct s5a_attempt *a)
{
    return a->stage == S5A_ATTEMPT_FIND && !s5a_upstream_is_known(s5a_chain_first(a->proxy));
}

int s5a_attempt_socket(const struct s5a_attempt *a)
{
    return a->standin >= 0 ? a->standin : a->own;
}

short s5a_attempt_events(const struct s5a_attempt *a)
{
    if (a->stage == S5A_ATTEMPT_TALK)
        return s5a_chain_events(&a->chain);
    return a->stage == S5A_ATTEMPT_CONNECT ? POLLOUT : 0;
}

uint64_t s5a_attempt_limit(const struct s5a_attempt *a)
{
    if (a->stage == S5A_ATTEMPT_TALK)
        return s5a_chain_limit(&a->chain);
    return a->stage == S5A_ATTEMPT_PAUSE ? a->pause : a->deadline;
}

/* One connect() of the program through a proxy, as steps that do not wait. */
#include "shim/sockets/attempt.h"

#include <errno.h>
#include <string.h>

#include "shim/engine/private.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/sockets/io_real.h"
#include "shim/sockets/peers.h"
#include "shim/sockets/standin.h"
#include "shim/sockets/upstream.h"

enum {
    GO_ON = 1,    /* of a stage: another stage follows at once */
    PAUSE_MS = 5, /* until a full backlog is asked again */
    BRIEF_MS = 4, /* what a near proxy needs to be connected */
};

/* The kernel's way to make a socket as if it had never been connected. It leaves ECONNRESET behind,
 * which the next call of the program would find; SO_ERROR takes it away. */
void s5a_dissolve(int fd)
{
    struct sockaddr nobody = { .sa_family = AF_UNSPEC };
    (void)S5A_REAL(connect)(fd, &nobody, sizeof nobody);
    (void)s5a_socket_option(fd, SOL_SOCKET, SO_ERROR, 0);
}

static void close_standin(struct s5a_attempt *a)
{
    s5a_private_close(a->standin);
    a->standin = -1;
}

static void disconnect(struct s5a_attempt *a)
{
    if (a->standin >= 0)
        close_standin(a);
    else
        s5a_dissolve(a->own);
}

static const struct s5a_sockaddr *address(const struct s5a_attempt *a)
{
    return &a->where.list[a->next];
}

/* ---- dialling ---- */

/* Connected to the proxy, and to no target that we know: a handler has longjmped out of a connect()
 * before, or its thread was cancelled, in the middle of the session. */
static bool is_abandoned(int fd, const struct s5a_sockaddr *proxy)
{
    struct s5a_peer peer;
    struct sockaddr_storage at;
    socklen_t len = sizeof at;
    return !s5a_peers_find(fd, &peer) &&
           S5A_REAL(getpeername)(fd, (struct sockaddr *)&at, &len) == 0 && len == proxy->len &&
           memcmp(&at, &proxy->at, len) == 0;
}

static int connect_real(int fd, const struct s5a_sockaddr *to)
{
    return (int)s5a_from_libc(S5A_REAL(connect)(fd, (const struct sockaddr *)&to->at, to->len));
}

static bool is_briefer(struct timeval at, struct timeval than)
{
    return (at.tv_sec != 0 || at.tv_usec != 0) &&
           (at.tv_sec < than.tv_sec || (at.tv_sec == than.tv_sec && at.tv_usec <= than.tv_usec));
}

/* SO_SNDTIMEO bounds a blocking connect(), and a non-blocking one ignores it: so the flags need no
 * change under other threads. */
static int connect_patiently(const struct s5a_attempt *a, const struct s5a_sockaddr *to)
{
    static const struct timeval brief = { 0, BRIEF_MS * 1000 };
    if (is_briefer(a->send_timeout, brief))
        return connect_real(a->own, to);
    S5A_REAL(setsockopt)(a->own, SOL_SOCKET, SO_SNDTIMEO, &brief, sizeof brief);
    int failed = connect_real(a->own, to);
    S5A_REAL(setsockopt)(a->own, SOL_SOCKET, SO_SNDTIMEO, &a->send_timeout, sizeof a->send_timeout);
    return failed;
}

static int dial_own(struct s5a_attempt *a, const struct s5a_sockaddr *to)
{
    int failed = a->is_patient ? connect_patiently(a, to) : connect_real(a->own, to);
    if (failed != -EISCONN || !is_abandoned(a->own, to))
        return failed;
    s5a_dissolve(a->own);
    return connect_real(a->own, to);
}

/* What connect() takes for granted to save a system call is looked at here, where it matters. */
static int open_standin(struct s5a_attempt *a)
{
    struct s5a_peer peer;
    int domain = s5a_socket_option(a->own, SOL_SOCKET, SO_DOMAIN, -1);
    if (s5a_peers_find(a->own, &peer) && peer.kind == S5A_PEER_STREAM)
        return -EISCONN;
    if (domain != a->kind.domain)
        return domain == AF_INET6 ? -EINVAL : -EAFNOSUPPORT; /* as the kernel */
    a->standin = s5a_standin_open(address(a));
    return a->standin < 0 ? a->standin : 0;
}

static int dial(struct s5a_attempt *a)
{
    struct s5a_sockaddr reachable;
    a->dials++;
    if (a->standin < 0 && s5a_reaches(a->own, &a->kind, address(a), &reachable))
        return dial_own(a, &reachable);
    int failed = a->standin < 0 ? open_standin(a) : 0;
    return failed != 0 ? failed : connect_real(a->standin, address(a));
}

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
    close_standin(a);
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
    struct s5a_chain_goal goal = { s5a_io_real(), a->config->state_dir, a->proxy, &a->named.target,
                                   &a->report };
    a->is_dialled = true;
    s5a_chain_begin(&a->chain, &goal, s5a_attempt_socket(a), a->deadline, !a->is_retried);
    a->stage = S5A_ATTEMPT_TALK;
    return GO_ON;
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

static int find(struct s5a_attempt *a, bool ready)
{
    (void)ready;
    int failed = s5a_upstream_find(s5a_chain_first(a->proxy), &a->where);
    if (a->kind.domain == AF_INET6 && a->where.count > 1)
        put_ipv6_first(&a->where);
    a->stage = S5A_ATTEMPT_DIAL;
    return failed != 0 ? failed : GO_ON;
}

static int dial_next(struct s5a_attempt *a, bool ready)
{
    (void)ready;
    int failed = dial(a);
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

/* Asking a blocking connect() itself for the outcome leaves the socket as such a call does; SO_ERROR
 * leaves it as after EINPROGRESS, when another connect() is told of success once. */
static int outcome(struct s5a_attempt *a)
{
    struct s5a_sockaddr to = *address(a);
    if (!a->is_patient)
        return -s5a_socket_option(s5a_attempt_socket(a), SOL_SOCKET, SO_ERROR, EBADF);
    if (a->standin < 0 && !s5a_reaches(a->own, &a->kind, address(a), &to))
        return -EADDRNOTAVAIL;
    int failed = connect_real(s5a_attempt_socket(a), &to);
    a->is_told = true;
    return failed == -EISCONN ? 0 : failed == -EALREADY ? -EINPROGRESS : failed;
}

static int wait_connected(struct s5a_attempt *a, bool ready)
{
    int failed = -ETIMEDOUT;
    if (ready)
        failed = outcome(a);
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
    disconnect(a);
    if (result != -EAGAIN)
        return result;
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
    a->standin = -1;
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

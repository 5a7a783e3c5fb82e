/* Streams: a TCP socket of the program is connected through a proxy, in the calling thread. */
#include "shim/sockets/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "client/session/chain.h"
#include "shim/real.h"
#include "shim/sockets/io_real.h"
#include "shim/sockets/standin.h"
#include "shim/sockets/upstream.h"

/* One connect() of the program, from its beginning to its end. */
struct way {
    int fd; /* the program's */
    const struct s5a_socket_kind *kind;
    const struct s5a_config *config;
    const struct s5a_proxy *proxy;
    const struct s5a_named_target *named;
    uint64_t deadline;           /* ms */
    struct timeval send_timeout; /* the program's */
    bool is_programs_timeout;    /* the deadline is the program's SO_SNDTIMEO */
    bool is_dialled;             /* the proxy was reached */
    bool is_standin;             /* `standin` is in use */
    int standin;
    struct s5a_chain_report report;
};

static bool is_blocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && (flags & O_NONBLOCK) == 0;
}

static void set_deadline(struct way *way)
{
    socklen_t len = sizeof way->send_timeout;
    uint64_t limit = way->config->connect_timeout;
    if (S5A_REAL(getsockopt)(way->fd, SOL_SOCKET, SO_SNDTIMEO, &way->send_timeout, &len) == 0) {
        uint64_t own = (uint64_t)way->send_timeout.tv_sec * 1000 +
                       (uint64_t)(way->send_timeout.tv_usec + 999) / 1000;
        way->is_programs_timeout = own != 0 && own < limit && is_blocking(way->fd);
        limit = way->is_programs_timeout ? own : limit;
    }
    way->deadline = s5a_now() + limit;
}

/* The kernel's way to make a socket as if it had never been connected. It leaves ECONNRESET behind,
 * which the next call of the program would find; SO_ERROR takes it away. */
static void dissolve(int fd)
{
    struct sockaddr nobody = { .sa_family = AF_UNSPEC };
    (void)S5A_REAL(connect)(fd, &nobody, sizeof nobody);
    (void)s5a_socket_option(fd, SOL_SOCKET, SO_ERROR, 0);
}

static void close_standin(void *context)
{
    struct way *way = context;
    if (way->is_standin)
        close(way->standin);
    way->is_standin = false;
}

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

/* What connect() takes for granted to save a system call is looked at here, where it matters. */
static int open_standin(struct way *way, const struct s5a_sockaddr *proxy)
{
    struct s5a_peer peer;
    int domain = s5a_socket_option(way->fd, SOL_SOCKET, SO_DOMAIN, -1);
    if (s5a_peers_find(way->fd, &peer))
        return -EISCONN;
    if (domain != way->kind->domain)
        return domain == AF_INET6 ? -EINVAL : -EAFNOSUPPORT; /* as the kernel */
    way->standin = s5a_standin_open(proxy);
    way->is_standin = way->standin >= 0;
    return way->is_standin ? 0 : way->standin;
}

static int dial_own(struct way *way, const struct s5a_sockaddr *proxy)
{
    const struct s5a_io *io = s5a_io_real();
    int failed = s5a_dial_connect_known(io, way->fd, proxy, way->deadline, way->send_timeout);
    if (failed == -EISCONN && is_abandoned(way->fd, proxy)) {
        dissolve(way->fd);
        failed = s5a_dial_connect_known(io, way->fd, proxy, way->deadline, way->send_timeout);
    }
    if (failed == -ETIMEDOUT)
        dissolve(way->fd);
    return failed;
}

static int dial(struct way *way, const struct s5a_sockaddr *proxy)
{
    struct s5a_sockaddr reachable;
    int failed;
    way->is_dialled = false;
    if (s5a_reaches(way->fd, way->kind, proxy, &reachable)) {
        failed = dial_own(way, &reachable);
    } else {
        failed = open_standin(way, proxy);
        if (failed == 0)
            failed = s5a_dial_connect(s5a_io_real(), way->standin, proxy, way->deadline);
    }
    way->is_dialled = failed == 0;
    return failed;
}

/* The sessions over what was dialled; a failure leaves nothing connected. */
static int talk(struct way *way, bool may_try)
{
    int fd = way->is_standin ? way->standin : way->fd;
    int failed = s5a_chain_run(s5a_io_real(), fd, way->config, way->proxy, &way->named->target,
                               way->deadline, may_try, &way->report);
    if (failed != 0 && !way->is_standin)
        dissolve(way->fd);
    return failed;
}

static int dial_and_talk(struct way *way, const struct s5a_sockaddr *proxy)
{
    int failed = dial(way, proxy);
    if (failed == 0)
        failed = talk(way, true);
    if (failed != -EAGAIN)
        return failed;
    /* The trial of early bytes failed (client/session/pipeline.h): once more without. */
    close_standin(way);
    failed = dial(way, proxy);
    return failed != 0 ? failed : talk(way, false);
}

/* Errors after which another address of the same proxy may do better. */
static bool is_worth_another(const struct way *way, int failed)
{
    return !way->is_dialled && (failed == -ECONNREFUSED || failed == -ENETUNREACH ||
                                failed == -EHOSTUNREACH || failed == -EADDRNOTAVAIL);
}

static int try_each(struct way *way)
{
    struct s5a_resolved where;
    const struct s5a_proxy *first = s5a_chain_first(way->proxy);
    int failed = s5a_upstream_find(first, &where);
    for (unsigned i = 0; failed == 0 && i < where.count; i++) {
        failed = dial_and_talk(way, &where.list[i]);
        if (failed == 0 || !is_worth_another(way, failed))
            break;
        close_standin(way);
        if (i + 1 < where.count)
            failed = 0;
    }
    return failed;
}

static int settle(struct way *way)
{
    struct s5a_peer peer = { .kind = S5A_PEER_STREAM, .address = way->named->as_given };
    if (way->is_standin) {
        int failed = s5a_standin_replace(way->fd, way->standin, &peer);
        if (failed != 0)
            return failed;
        way->is_standin = false;
    }
    s5a_peers_put(way->fd, &peer);
    return 0;
}

static void report(const struct way *way, int failed)
{
    char target[S5A_ADDRESS_TEXT_CAP];
    enum s5a_log_level level = failed == 0 ? S5A_LOG_DEBUG : S5A_LOG_INFO;
    if (!s5a_log_wanted(level))
        return;
    s5a_target_format(&way->named->target, target, sizeof target);
    if (failed == 0)
        s5a_log(level, "%s: connected through %s", target, way->proxy->where);
    else if (way->is_dialled)
        s5a_log(level, "%s through %s: %s (%s)", target, way->report.proxy->where,
                way->report.reason, strerrordesc_np(-failed));
    else
        s5a_log(level, "%s through %s: the proxy cannot be reached: %s", target,
                s5a_chain_first(way->proxy)->where, strerrordesc_np(-failed));
}

int s5a_stream_connect(int fd, const struct s5a_socket_kind *kind, const struct s5a_config *config,
                       const struct s5a_proxy *proxy, const struct s5a_named_target *named)
{
    struct way way = { .fd = fd, .kind = kind, .config = config, .proxy = proxy, .named = named };
    int failed;
    way.report.proxy = proxy;
    set_deadline(&way);
    pthread_cleanup_push(close_standin, &way);
    failed = try_each(&way);
    if (failed == 0)
        failed = settle(&way);
    pthread_cleanup_pop(1);
    report(&way, failed);
    /* The kernel ends a blocking connect() whose SO_SNDTIMEO has run out so. */
    return failed == -ETIMEDOUT && way.is_programs_timeout && s5a_now() >= way.deadline
               ? -EINPROGRESS
               : failed;
}

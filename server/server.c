/* One serving thread: what it is made of, from opening to closing. */
#include "server/server_steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "server/session.h"

enum {
    SPARE_DESCRIPTORS = 64,
    SESSION_DESCRIPTORS = 7, /* two sockets, two pipes; and one of the pool */
    SESSIONS_DEFAULT_MAX = 65536,
    ROTATION_MS = 24 * 3600 * 1000,
    FULL_TELL_MS = 10000, /* at the limit, sessions come and go in great numbers */
};

static void pause_listeners(struct s5ad_server *server, bool paused)
{
    for (unsigned i = 0; i < server->listener_count; i++)
        s5ad_listener_pause(&server->listeners[i], paused);
}

void s5ad_server_close_listeners(struct s5ad_server *server)
{
    while (server->listener_count > 0)
        s5ad_listener_close(&server->listeners[--server->listener_count]);
}

void s5ad_server_count(struct s5ad_server *server, int change)
{
    server->session_count += (unsigned)change;
    bool full = server->session_count >= server->session_max;
    if (full && change > 0 && server->loop.now >= server->full_told + FULL_TELL_MS) {
        server->full_told = server->loop.now;
        s5ad_log(&server->log, S5AD_LOG_WARNING, "%u sessions: new ones wait",
                 server->session_count);
    }
    pause_listeners(server, full);
    if (server->draining && server->session_count == 0)
        s5ad_loop_stop(&server->loop);
}

static unsigned choose_session_max(unsigned wished)
{
    struct rlimit limit = { 1024, 1024 };
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    getrlimit(RLIMIT_NOFILE, &limit);
    rlim_t possible = 1;
    if (limit.rlim_cur > SPARE_DESCRIPTORS + SESSION_DESCRIPTORS)
        possible = (limit.rlim_cur - SPARE_DESCRIPTORS) / SESSION_DESCRIPTORS;
    rlim_t bound = wished ? wished : SESSIONS_DEFAULT_MAX;
    return (unsigned)(possible < bound ? possible : bound);
}

static void on_accepted(struct s5ad_listener *listener, int fd)
{
    s5ad_session_open(listener->owner, fd);
}

static bool open_listeners(struct s5ad_server *server, struct s5ad_problem *problem)
{
    const struct s5ad_settings *settings = server->settings;
    for (unsigned i = 0; i < settings->listen_count; i++) {
        struct s5ad_listener *listener = &server->listeners[i];
        if (!s5ad_listener_open(listener, &server->loop, settings->listen[i], on_accepted, server,
                                problem))
            return false;
        server->listener_count++;
        s5ad_log(&server->log, S5AD_LOG_INFO, "listening on %s", listener->name);
    }
    return true;
}

static void on_rotation(struct s5ad_timer *timer)
{
    struct s5ad_server *server = S5AD_OWNER(timer, struct s5ad_server, rotation);
    s5ad_keyring_rotate(&server->realm.keyring);
    s5ad_loop_after(&server->loop, timer, ROTATION_MS);
}

static bool open_metrics(struct s5ad_server *server, struct s5ad_problem *problem)
{
    if (!server->settings->metrics)
        return true;
    server->metrics = s5ad_metrics_new(server, &server->loop, server->settings->metrics, problem);
    return server->metrics != NULL;
}

/* Nothing is kept of anybody where there is no limit. */
static bool open_rate(struct s5ad_server *server)
{
    const struct s5ad_rate_limit *limit = &server->settings->rate;
    if (limit->per_minute > 0)
        server->rate = s5ad_rate_new(limit);
    return server->rate || limit->per_minute == 0;
}

static bool open_parts(struct s5ad_server *server, struct s5ad_problem *problem)
{
    struct s5ad_settings *settings = server->settings;
    const char *why = NULL;
    server->names = s5ad_names_new(&server->loop, settings->nameservers, settings->hosts,
                                   server->session_max, &why);
    if (!server->names)
        return s5ad_problem_set(problem, "name look-ups: %s", why);
    server->logins = s5ad_logins_new(&server->loop);
    int error = server->logins ? s5ad_server_open_signals(server) : -errno;
    if (error < 0)
        return s5ad_problem_set(problem, "cannot start: %s", strerror(-error));
    server->realm.slow = s5ad_slow_new();
    server->quota = s5ad_quota_new();
    server->pool = s5ad_pool_new(&server->loop);
    server->batch = malloc(sizeof *server->batch);
    if (!server->realm.slow || !server->quota || !server->pool || !server->batch ||
        !open_rate(server))
        return s5ad_problem_set(problem, "out of memory");
    server->batch->out_count = 0;
    server->udp = (struct s5ad_association_scene){ &server->loop, server->names, &settings->acl,
                                                   server->batch };
    on_rotation(&server->rotation);
    return s5ad_realm_load(&server->realm, settings, problem) && open_metrics(server, problem) &&
           open_listeners(server, problem);
}

static uint64_t read_clock(void)
{
    return (uint64_t)time(NULL);
}

bool s5ad_server_open(struct s5ad_server *server, struct s5ad_settings *settings,
                      struct s5ad_problem *problem)
{
    *server = (struct s5ad_server){
        .settings = settings,
        .signals = { .fd = -1, .ready = s5ad_server_on_signal },
        .drain = { .fire = s5ad_server_on_drained },
        .rotation = { .fire = on_rotation },
        .realm = { .clock = read_clock },
    };
    s5ad_log_init(&server->log, settings->log_level);
    server->session_max = choose_session_max(settings->max_sessions);
    if (settings->max_pool.all > server->session_max)
        settings->max_pool.all = server->session_max;
    int error = s5ad_loop_open(&server->loop);
    if (error < 0)
        return s5ad_problem_set(problem, "cannot start: %s", strerror(-error));
    if (open_parts(server, problem))
        return true;
    s5ad_server_close(server);
    return false;
}

int s5ad_server_run(struct s5ad_server *server)
{
    return s5ad_loop_run(&server->loop);
}

void s5ad_server_close(struct s5ad_server *server)
{
    server->draining = true;
    while (server->sessions)
        s5ad_session_cut(server->sessions);
    s5ad_server_close_listeners(server);
    s5ad_pool_free(server->pool);
    s5ad_metrics_free(server->metrics);
    s5ad_watch_close(&server->loop, &server->signals);
    s5ad_tol_pool_wipe(&server->tol_pool);
    s5ad_logins_free(server->logins);
    s5ad_names_free(server->names);
    s5ad_realm_wipe(&server->realm);
    s5ad_slow_free(server->realm.slow);
    s5ad_quota_free(server->quota);
    s5ad_rate_free(server->rate);
    free(server->batch);
    s5ad_loop_close(&server->loop);
}

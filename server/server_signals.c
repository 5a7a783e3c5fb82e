/* What signals ask of a server: to drain, to end, to read its settings anew. */
#include "server/server_steps.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "server/session.h"

void s5ad_server_on_drained(struct s5ad_timer *timer)
{
    struct s5ad_server *server = S5AD_OWNER(timer, struct s5ad_server, drain);
    s5ad_log(&server->log, S5AD_LOG_WARNING, "cutting %u sessions", server->session_count);
    s5ad_loop_stop(&server->loop);
}

static void drain(struct s5ad_server *server)
{
    if (server->draining) {
        s5ad_loop_stop(&server->loop);
        return;
    }
    server->draining = true;
    s5ad_server_close_listeners(server);
    s5ad_log(&server->log, S5AD_LOG_INFO, "draining %u sessions", server->session_count);
    s5ad_loop_after(&server->loop, &server->drain, server->settings->drain_ms);
    struct s5ad_session *session = server->sessions;
    while (session) {
        struct s5ad_session *next = s5ad_session_next(session);
        s5ad_session_drain(session);
        session = next;
    }
    s5ad_server_count(server, 0);
}

static void reload(struct s5ad_server *server)
{
    struct s5ad_problem problem = { "" };
    struct s5ad_settings fresh;
    struct s5ad_realm realm = { .slow = server->realm.slow, .clock = server->realm.clock };
    s5ad_settings_init(&fresh);
    if (server->reread && server->reread(server->reread_data, &fresh, &problem) &&
        s5ad_realm_load(&realm, &fresh, &problem)) {
        s5ad_settings_adopt(server->settings, &fresh);
        s5ad_realm_adopt(&server->realm, &realm);
        s5ad_log(&server->log, S5AD_LOG_INFO, "users, keys and access list read anew");
    } else if (server->reread) {
        s5ad_realm_wipe(&realm);
        s5ad_log(&server->log, S5AD_LOG_ERROR, "nothing read anew: %s", problem.text);
    }
    s5ad_settings_wipe(&fresh);
}

void s5ad_server_on_signal(struct s5ad_watch *watch, uint32_t events)
{
    (void)events;
    struct s5ad_server *server = S5AD_OWNER(watch, struct s5ad_server, signals);
    struct signalfd_siginfo info;
    while (read(watch->fd, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGHUP)
            reload(server);
        else
            drain(server);
    }
}

int s5ad_server_open_signals(struct s5ad_server *server)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return -errno;
    server->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (server->signals.fd < 0)
        return -errno;
    return s5ad_watch_set(&server->loop, &server->signals, EPOLLIN);
}

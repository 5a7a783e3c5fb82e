/* One serving thread: a loop, its listeners and its sessions, and what they share. */
#pragma once

#include "server/eaf/realm.h"
#include "server/listener.h"
#include "server/log.h"
#include "server/logins.h"
#include "server/metrics.h"
#include "server/names.h"
#include "server/pool.h"
#include "server/quota.h"
#include "server/rate.h"
#include "server/settings.h"
#include "server/tally.h"
#include "server/tol/pool.h"
#include "server/udp/association.h"
#include "server/users.h"

struct s5ad_session;

struct s5ad_server {
    struct s5ad_loop loop;
    struct s5ad_log log;
    struct s5ad_settings *settings;
    struct s5ad_realm realm; /* users are NULL where nobody logs in */
    struct s5ad_names *names;
    struct s5ad_quota *quota;
    struct s5ad_rate *rate; /* of requests; NULL: no limit */
    struct s5ad_tally tally;
    struct s5ad_metrics *metrics; /* NULL: nobody watches */
    struct s5ad_pool *pool;
    struct s5ad_batch *batch;
    struct s5ad_association_scene udp;
    struct s5ad_logins *logins;
    struct s5ad_tol_pool tol_pool;
    struct s5ad_listener listeners[S5AD_LISTEN_MAX];
    unsigned listener_count;
    struct s5ad_session *sessions;
    unsigned session_count, session_max;
    unsigned handshake_count; /* of these, before their relay */
    uint64_t full_told;       /* ms, when the log last said so */
    bool draining;
    struct s5ad_watch signals;
    struct s5ad_timer drain, rotation; /* of the ticket key that is our own */
    /* Reads the settings anew, on SIGHUP; false and `problem` leave everything as it is. */
    bool (*reread)(void *data, struct s5ad_settings *fresh, struct s5ad_problem *problem);
    void *reread_data;
};

/* Borrows `settings`, and blocks the signals that it serves in this thread: SIGTERM and SIGINT (drain;
 * end at once the second time), SIGHUP (users, keys and access list anew); SIGPIPE is ignored. Listens by
 * the time it returns. False and `problem`; then everything is closed again. */
S5A_MUST_USE bool s5ad_server_open(struct s5ad_server *server, struct s5ad_settings *settings,
                                   struct s5ad_problem *problem);
/* Serves until drained. 0 or -errno. */
S5A_MUST_USE int s5ad_server_run(struct s5ad_server *server);
void s5ad_server_close(struct s5ad_server *server);
/* A session came or went. */
void s5ad_server_count(struct s5ad_server *server, int change);

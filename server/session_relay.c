/* What follows a session's opening: a relay, an association, or in records one over the other. */
#include "server/session_steps.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "server/server.h"
#include "server/tcp.h"
#include "server/tol/flows.h"

/* What it counts as goes on to count. */
static void take_shares(struct s5ad_session *session, struct s5ad_opening *opening)
{
    s5ad_share_move(&session->share, &opening->share);
    s5ad_share_move(&session->counted, &opening->session);
}

/* ---- relay ---- */

void s5ad_session_tell_associated(struct s5ad_session *session, const char *how)
{
    s5ad_record_associated(&session->record, &session->server->log, s5ad_session_loop(session)->now,
                           &session->association->counts, how);
}

void s5ad_session_on_relay_ended(struct s5ad_relay *relay, int error)
{
    struct s5ad_session *session = S5AD_OWNER(relay, struct s5ad_session, relay);
    session->relaying = false;
    if (session->bridged) {
        if (session->association)
            s5ad_session_tell_associated(session, error ? strerror(-error) : "in order");
        s5ad_session_end(session);
        return;
    }
    s5ad_record_relayed(&session->record, &session->server->log, s5ad_session_loop(session)->now,
                        relay->side[S5AD_RELAY_CLIENT].bytes, relay->side[S5AD_RELAY_TARGET].bytes,
                        error);
    s5ad_session_end(session);
}

static void start_tol(struct s5ad_session *session, struct s5ad_opening *opening,
                      struct s5ad_watch *target)
{
    session->relaying = true;
    struct s5ad_records *records = opening->hs.records;
    struct s5ad_tol_flows *flows =
        s5ad_tol_flows_new(s5ad_session_loop(session), &session->server->tol_pool, &records->link,
                           s5a_buffer_peek(&opening->hs.in), s5a_buffer_peek(&records->raw));
    if (flows)
        s5ad_relay_start_tol(&session->relay, s5ad_session_loop(session), &opening->client, target,
                             flows, s5ad_session_on_relay_ended);
    else
        s5ad_session_on_relay_ended(&session->relay,
                                    -ENOMEM); /* the opening closes the descriptors */
}

void s5ad_session_start_relay(struct s5ad_session *session)
{
    struct s5ad_opening *opening = session->opening;
    session->opening = NULL;
    session->relaying = true;
    take_shares(session, opening);
    s5ad_tcp_tune(opening->target.watch.fd);
    if (s5ad_log_wanted(&session->server->log, S5AD_LOG_INFO))
        s5ad_record_subject(&session->record, &opening->hs, &opening->target.peer);
    if (opening->hs.records)
        start_tol(session, opening, &opening->target.watch);
    else
        s5ad_relay_start(&session->relay, s5ad_session_loop(session), &opening->client,
                         &opening->target.watch, s5a_buffer_peek(&opening->hs.in),
                         s5ad_session_on_relay_ended);
    s5ad_opening_free(opening); /* the session may be over by now, but is not freed yet */
}

/* ---- UDP ---- */

static void on_association_ended(void *owner, enum s5ad_association_end how)
{
    struct s5ad_session *session = owner;
    session->server->tally.idle += how == S5AD_ASSOCIATION_IDLE;
    s5ad_session_tell_associated(session, s5ad_association_end_text(how));
    if (!session->relaying) {
        s5ad_session_end(session);
        return;
    }
    s5ad_association_free(session->association); /* its end closes the relay's */
    session->association = NULL;
    s5ad_loop_after(s5ad_session_loop(session), &session->timer, DISCARD_MS);
}

static void on_denied(void *owner, const struct s5ad_sockaddr *to, const char *why)
{
    struct s5ad_session *session = owner;
    s5ad_record_denied(&session->record, &session->server->log, to, why);
}

/* An association reads and writes a stream in clear: under 81 a relay over TOL is between. */
static void bridge(struct s5ad_session *session, struct s5ad_opening *opening)
{
    int pair[2];
    session->bridged = true;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0) {
        s5ad_session_on_relay_ended(&session->relay, -errno);
        return;
    }
    struct s5ad_watch outer = { .fd = pair[0] }, inner = { .fd = pair[1] };
    start_tol(session, opening, &outer);
    if (session->relaying)
        s5ad_association_start(session->association, &inner, (struct s5a_span){ NULL, 0 },
                               on_association_ended, on_denied, session);
    s5ad_watch_close(s5ad_session_loop(session), &outer); /* where they were not taken */
    s5ad_watch_close(s5ad_session_loop(session), &inner);
}

void s5ad_session_start_association(struct s5ad_session *session)
{
    struct s5ad_opening *opening = session->opening;
    struct s5ad_sockaddr bound = s5ad_association_bound(opening->association);
    session->opening = NULL;
    session->association = opening->association;
    opening->association = NULL;
    take_shares(session, opening);
    s5ad_record_subject(&session->record, &opening->hs, &bound);
    if (opening->hs.records)
        bridge(session, opening);
    else
        s5ad_association_start(session->association, &opening->client,
                               s5a_buffer_peek(&opening->hs.in), on_association_ended, on_denied,
                               session);
    s5ad_opening_free(opening); /* the session may be over by now, but is not freed yet */
}

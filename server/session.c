/* A client's connection: opening, then relay or last answer, then the log. */
#include "server/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "server/opening.h"
#include "server/record.h"
#include "server/relay.h"
#include "server/server.h"
#include "server/tcp.h"
#include "server/tol/flows.h"

enum { DISCARD_MS = 2000 }; /* after a last answer (profile, section 8) */

struct s5ad_session {
    struct s5ad_garbage garbage; /* first: the loop frees it */
    struct s5ad_server *server;
    struct s5ad_session *prev, *next;
    struct s5ad_opening *opening; /* NULL from the relay or the last answer on */
    struct s5ad_relay relay;
    bool relaying;
    struct s5ad_association *association; /* the same for UDP; else NULL. In records: both */
    bool bridged;                         /* the relay is between the client and the association */
    struct s5ad_share share;
    struct s5ad_watch client; /* after a last answer */
    struct s5ad_timer timer;  /* the same */
    struct s5ad_record record;
};

static struct s5ad_loop *loop_of(const struct s5ad_session *session)
{
    return &session->server->loop;
}

/* The one way out: nothing of the session may be touched afterwards. */
static void end(struct s5ad_session *session)
{
    struct s5ad_server *server = session->server;
    s5ad_opening_free(session->opening);
    s5ad_association_free(session->association);
    s5ad_share_give(&session->share);
    s5ad_timer_clear(&server->loop.timers, &session->timer);
    s5ad_watch_close(&server->loop, &session->client);
    s5ad_record_wipe(&session->record);
    DL_DELETE(server->sessions, session);
    s5ad_loop_free(&server->loop, &session->garbage);
    s5ad_server_count(server, -1);
}

/* ---- last answer ---- */

static void on_discard(struct s5ad_watch *watch, uint32_t events)
{
    (void)events;
    struct s5ad_session *session = S5AD_OWNER(watch, struct s5ad_session, client);
    ssize_t n = recv(watch->fd, loop_of(session)->scratch, S5AD_SCRATCH_LEN, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        end(session);
}

static void on_discarded(struct s5ad_timer *timer)
{
    struct s5ad_session *session = S5AD_OWNER(timer, struct s5ad_session, timer);
    if (session->relaying)
        s5ad_relay_cut(&session->relay);
    end(session);
}

/* Unread bytes would turn the close into a reset, and that could overtake the answer. */
static void discard(struct s5ad_session *session)
{
    struct s5ad_loop *loop = loop_of(session);
    s5ad_watch_take(&session->client, &session->opening->client);
    s5ad_opening_free(session->opening);
    session->opening = NULL;
    shutdown(session->client.fd, SHUT_WR);
    s5ad_loop_after(loop, &session->timer, DISCARD_MS);
    if (s5ad_watch_set(loop, &session->client, EPOLLIN) < 0)
        end(session);
}

/* ---- relay ---- */

static void tell_associated(struct s5ad_session *session, const char *how)
{
    s5ad_record_associated(&session->record, &session->server->log, loop_of(session)->now,
                           &session->association->counts, how);
}

static void on_relay_ended(struct s5ad_relay *relay, int error)
{
    struct s5ad_session *session = S5AD_OWNER(relay, struct s5ad_session, relay);
    session->relaying = false;
    if (session->bridged) {
        if (session->association)
            tell_associated(session, error ? strerror(-error) : "in order");
        end(session);
        return;
    }
    s5ad_record_relayed(&session->record, &session->server->log, loop_of(session)->now,
                        relay->side[S5AD_RELAY_CLIENT].bytes, relay->side[S5AD_RELAY_TARGET].bytes,
                        error);
    end(session);
}

static void start_tol(struct s5ad_session *session, struct s5ad_opening *opening,
                      struct s5ad_watch *target)
{
    session->relaying = true;
    struct s5ad_records *records = opening->hs.records;
    struct s5ad_tol_flows *flows =
        s5ad_tol_flows_new(loop_of(session), &session->server->tol_pool, &records->link,
                           s5a_buffer_peek(&opening->hs.in), s5a_buffer_peek(&records->raw));
    if (flows)
        s5ad_relay_start_tol(&session->relay, loop_of(session), &opening->client, target, flows,
                             on_relay_ended);
    else
        on_relay_ended(&session->relay, -ENOMEM); /* the opening closes the descriptors */
}

static void start_relay(struct s5ad_session *session)
{
    struct s5ad_opening *opening = session->opening;
    session->opening = NULL;
    session->relaying = true;
    s5ad_tcp_tune(opening->target.watch.fd);
    if (s5ad_log_wanted(&session->server->log, S5AD_LOG_INFO))
        s5ad_record_subject(&session->record, &opening->hs, &opening->target.peer);
    if (opening->hs.records)
        start_tol(session, opening, &opening->target.watch);
    else
        s5ad_relay_start(&session->relay, loop_of(session), &opening->client,
                         &opening->target.watch, s5a_buffer_peek(&opening->hs.in), on_relay_ended);
    s5ad_opening_free(opening); /* the session may be over by now, but is not freed yet */
}

/* ---- UDP ---- */

static void on_association_ended(void *owner, enum s5ad_association_end how)
{
    struct s5ad_session *session = owner;
    tell_associated(session, s5ad_association_end_text(how));
    if (!session->relaying) {
        end(session);
        return;
    }
    s5ad_association_free(session->association); /* its end closes the relay's */
    session->association = NULL;
    s5ad_loop_after(loop_of(session), &session->timer, DISCARD_MS);
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
        on_relay_ended(&session->relay, -errno);
        return;
    }
    struct s5ad_watch outer = { .fd = pair[0] }, inner = { .fd = pair[1] };
    start_tol(session, opening, &outer);
    if (session->relaying)
        s5ad_association_start(session->association, &inner, (struct s5a_span){ NULL, 0 },
                               on_association_ended, on_denied, session);
    s5ad_watch_close(loop_of(session), &outer); /* where they were not taken */
    s5ad_watch_close(loop_of(session), &inner);
}

static void start_association(struct s5ad_session *session)
{
    struct s5ad_opening *opening = session->opening;
    struct s5ad_sockaddr bound = s5ad_association_bound(opening->association);
    session->opening = NULL;
    session->association = opening->association;
    opening->association = NULL;
    s5ad_share_move(&session->share, &opening->share);
    s5ad_record_subject(&session->record, &opening->hs, &bound);
    if (opening->hs.records)
        bridge(session, opening);
    else
        s5ad_association_start(session->association, &opening->client,
                               s5a_buffer_peek(&opening->hs.in), on_association_ended, on_denied,
                               session);
    s5ad_opening_free(opening); /* the session may be over by now, but is not freed yet */
}

/* ---- from accept to the end ---- */

static void on_opened(struct s5ad_opening *opening, enum s5ad_opened how)
{
    struct s5ad_session *session = opening->owner;
    const struct s5ad_log *log = &session->server->log;
    if (how == S5AD_OPENED_RELAY) {
        start_relay(session);
        return;
    }
    if (how == S5AD_OPENED_ASSOCIATION) {
        start_association(session);
        return;
    }
    if (how == S5AD_OPENED_ABANDONED)
        s5ad_record_abandoned(&session->record, log, &opening->hs, opening->why);
    else
        s5ad_record_refused(&session->record, log, loop_of(session)->now, &opening->hs,
                            opening->target_asked);
    if (how == S5AD_OPENED_GOES_ON)
        return;
    if (how == S5AD_OPENED_REFUSED)
        discard(session);
    else
        end(session);
}

void s5ad_session_open(struct s5ad_server *server, int fd)
{
    struct s5ad_session *session = calloc(1, sizeof *session);
    if (!session) {
        s5ad_log(&server->log, S5AD_LOG_ERROR, "out of memory");
        close(fd);
        return;
    }
    session->server = server;
    session->client = (struct s5ad_watch){ .fd = -1, .ready = on_discard };
    session->timer.fire = on_discarded;
    s5ad_record_open(&session->record, &server->tally, server->loop.now, fd);
    s5ad_tcp_tune(fd);
    DL_APPEND(server->sessions, session);
    s5ad_server_count(server, 1);
    const char *why;
    session->opening = s5ad_opening_new(server, fd, on_opened, session, &why);
    if (session->opening) {
        s5ad_opening_start(session->opening);
        return;
    }
    server->tally.refused++;
    s5ad_log(&server->log, S5AD_LOG_WARNING, "refused client=%s reason=\"%s\"",
             session->record.source, why);
    end(session);
}

void s5ad_session_cut(struct s5ad_session *session)
{
    if (session->relaying) {
        s5ad_relay_cut(&session->relay);
        on_relay_ended(&session->relay, -ECONNABORTED);
        return;
    }
    if (session->association)
        tell_associated(session, "cut by the server");
    if (session->opening)
        s5ad_record_abandoned(&session->record, &session->server->log, &session->opening->hs,
                              "cut by the server");
    end(session);
}

void s5ad_session_drain(struct s5ad_session *session)
{
    if (session->opening)
        s5ad_opening_drain(session->opening);
}

struct s5ad_session *s5ad_session_next(const struct s5ad_session *session)
{
    return session->next;
}

/* A client's connection: opening, then what follows or a last answer, then the log. */
#include "server/session_steps.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "server/server.h"
#include "server/tcp.h"

struct s5ad_loop *s5ad_session_loop(const struct s5ad_session *session)
{
    return &session->server->loop;
}

/* The one way out: nothing of the session may be touched afterwards. */
void s5ad_session_end(struct s5ad_session *session)
{
    struct s5ad_server *server = session->server;
    s5ad_opening_free(session->opening);
    s5ad_association_free(session->association);
    s5ad_share_give(&session->share);
    s5ad_share_give(&session->counted);
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
    ssize_t n =
        recv(watch->fd, s5ad_session_loop(session)->scratch, S5AD_SCRATCH_LEN, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        s5ad_session_end(session);
}

static void on_discarded(struct s5ad_timer *timer)
{
    struct s5ad_session *session = S5AD_OWNER(timer, struct s5ad_session, timer);
    if (session->relaying)
        s5ad_relay_cut(&session->relay);
    s5ad_session_end(session);
}

/* Unread bytes would turn the close into a reset, and that could overtake the answer. */
static void discard(struct s5ad_session *session)
{
    struct s5ad_loop *loop = s5ad_session_loop(session);
    s5ad_watch_take(&session->client, &session->opening->client);
    s5ad_opening_free(session->opening);
    session->opening = NULL;
    shutdown(session->client.fd, SHUT_WR);
    s5ad_loop_after(loop, &session->timer, DISCARD_MS);
    if (s5ad_watch_set(loop, &session->client, EPOLLIN) < 0)
        s5ad_session_end(session);
}

/* ---- from accept to the end ---- */

static void on_opened(struct s5ad_opening *opening, enum s5ad_opened how)
{
    struct s5ad_session *session = opening->owner;
    const struct s5ad_log *log = &session->server->log;
    if (how == S5AD_OPENED_RELAY) {
        s5ad_session_start_relay(session);
        return;
    }
    if (how == S5AD_OPENED_ASSOCIATION) {
        s5ad_session_start_association(session);
        return;
    }
    if (how == S5AD_OPENED_ABANDONED)
        s5ad_record_abandoned(&session->record, log, &opening->hs, opening->why);
    else
        s5ad_record_refused(&session->record, log, s5ad_session_loop(session)->now, &opening->hs,
                            opening->target_asked);
    if (how == S5AD_OPENED_GOES_ON)
        return;
    if (how == S5AD_OPENED_REFUSED)
        discard(session);
    else
        s5ad_session_end(session);
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
    s5ad_session_end(session);
}

void s5ad_session_cut(struct s5ad_session *session)
{
    if (session->relaying) {
        s5ad_relay_cut(&session->relay);
        s5ad_session_on_relay_ended(&session->relay, -ECONNABORTED);
        return;
    }
    if (session->association)
        s5ad_session_tell_associated(session, "cut by the server");
    if (session->opening)
        s5ad_record_abandoned(&session->record, &session->server->log, &session->opening->hs,
                              "cut by the server");
    s5ad_session_end(session);
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

/* A client's connection: drives the handshake, and what it asks for, from the loop. */
#include "server/session.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <utlist.h>

#include "server/handshake.h"
#include "server/record.h"
#include "server/relay.h"
#include "server/server.h"
#include "server/target.h"

enum {
    LOGIN_REFUSAL_MS = 200, /* profile, section 8: whatever was wrong with it */
    DISCARD_MS = 2000,      /* after a last answer, the same section */
};

/* What is needed until the relay stands. */
struct opening {
    struct s5ad_garbage garbage; /* first: the loop frees it */
    struct s5ad_session *session;
    struct s5ad_handshake hs;
    struct s5ad_target target;
    bool login_asked, target_asked;
    bool user_known;
    uint64_t login_at;
    const char *login_why;
};

struct s5ad_session {
    struct s5ad_garbage garbage; /* first: the loop frees it */
    struct s5ad_server *server;
    struct s5ad_session *prev, *next;
    struct s5ad_watch client; /* until the relay takes it */
    struct s5ad_timer timer;
    struct opening *opening; /* NULL from the relay or the last answer on */
    struct s5ad_login *login;
    struct s5ad_relay relay;
    bool relaying;
    struct s5ad_record record; /* for the log */
};

static void proceed(struct s5ad_session *session);

static struct s5ad_loop *loop_of(const struct s5ad_session *session)
{
    return &session->server->loop;
}

static void drop_opening(struct s5ad_session *session, struct opening *opening)
{
    if (!opening)
        return;
    s5ad_login_cancel(session->login);
    session->login = NULL;
    s5ad_target_close(&opening->target);
    s5ad_handshake_wipe(&opening->hs);
    s5ad_loop_free(loop_of(session), &opening->garbage);
}

/* The one way out: nothing of the session may be touched afterwards. */
static void end(struct s5ad_session *session)
{
    struct s5ad_server *server = session->server;
    drop_opening(session, session->opening);
    session->opening = NULL;
    s5ad_timer_clear(&server->loop.timers, &session->timer);
    s5ad_watch_close(&server->loop, &session->client);
    s5ad_record_wipe(&session->record);
    DL_DELETE(server->sessions, session);
    s5ad_loop_free(&server->loop, &session->garbage);
    s5ad_server_count(server, -1);
}

static void give_up(struct s5ad_session *session, const char *why)
{
    const struct s5ad_handshake *hs = session->opening ? &session->opening->hs : NULL;
    s5ad_record_abandoned(&session->record, &session->server->log, hs, why);
    end(session);
}

/* For both ends of a relay: small writes are not held back, and a peer
 * that vanished is noticed. Fails for Unix sockets, which need neither. */
static void tune(int fd)
{
    int on = 1, idle = 120, interval = 30, count = 4;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
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
    end(S5AD_OWNER(timer, struct s5ad_session, timer));
}

static void discard(struct s5ad_session *session)
{
    drop_opening(session, session->opening);
    session->opening = NULL;
    shutdown(session->client.fd, SHUT_WR);
    session->client.ready = on_discard;
    session->timer.fire = on_discarded;
    s5ad_loop_after(loop_of(session), &session->timer, DISCARD_MS);
    if (s5ad_watch_set(loop_of(session), &session->client, EPOLLIN) < 0)
        end(session);
}

/* ---- relay ---- */

static void on_relay_ended(struct s5ad_relay *relay, int error)
{
    struct s5ad_session *session = S5AD_OWNER(relay, struct s5ad_session, relay);
    s5ad_record_relayed(&session->record, &session->server->log, loop_of(session)->now,
                        relay->side[S5AD_RELAY_CLIENT].flow.bytes,
                        relay->side[S5AD_RELAY_TARGET].flow.bytes, error);
    end(session);
}

void s5ad_session_cut(struct s5ad_session *session)
{
    if (!session->relaying) {
        give_up(session, "cut by the server");
        return;
    }
    s5ad_relay_cut(&session->relay);
    on_relay_ended(&session->relay, -ECONNABORTED);
}

static void start_relay(struct s5ad_session *session)
{
    struct opening *opening = session->opening;
    session->opening = NULL;
    session->relaying = true;
    s5ad_timer_clear(&loop_of(session)->timers, &session->timer);
    tune(opening->target.watch.fd);
    if (s5ad_log_wanted(&session->server->log, S5AD_LOG_INFO))
        s5ad_record_subject(&session->record, &opening->hs, &opening->target.peer);
    struct s5a_span early = s5a_buffer_peek(&opening->hs.in);
    s5ad_relay_start(&session->relay, loop_of(session), &session->client, &opening->target.watch,
                     early, on_relay_ended);
    drop_opening(session, opening);
}

/* ---- target ---- */

static void set_limit(struct s5ad_session *session)
{
    s5ad_loop_after(loop_of(session), &session->timer, session->server->settings->handshake_ms);
}

static void on_reached(struct s5ad_target *target)
{
    struct opening *opening = S5AD_OWNER(target, struct opening, target);
    struct s5ad_session *session = opening->session;
    struct s5ad_sockaddr bound = { .any = { .sa_family = AF_UNSPEC } };
    struct sockaddr_storage storage = { 0 };
    socklen_t size = sizeof storage;
    if (target->watch.fd >= 0 &&
        getsockname(target->watch.fd, (struct sockaddr *)&storage, &size) == 0)
        bound = s5ad_sockaddr_from((struct sockaddr *)&storage);
    struct s5a_address address = s5ad_sockaddr_address(&bound);
    s5ad_handshake_reply(&opening->hs, target->rep, &address, s5ad_sockaddr_port(&bound),
                         target->why);
    set_limit(session);
    proceed(session);
}

static void start_target(struct s5ad_session *session)
{
    struct opening *opening = session->opening;
    if (opening->target_asked)
        return;
    opening->target_asked = true;
    s5ad_timer_clear(&loop_of(session)->timers, &session->timer);
    s5ad_target_open(&opening->target, &opening->hs.request.address, opening->hs.request.port,
                     session->server->settings->connect_ms);
}

/* ---- log-in ---- */

static void on_time(struct s5ad_timer *timer)
{
    give_up(S5AD_OWNER(timer, struct s5ad_session, timer), "handshake took too long");
}

static void on_login_refused(struct s5ad_timer *timer)
{
    struct s5ad_session *session = S5AD_OWNER(timer, struct s5ad_session, timer);
    s5ad_handshake_login(&session->opening->hs, false, session->opening->login_why);
    timer->fire = on_time;
    set_limit(session);
    proceed(session);
}

/* The same bytes after the same time, whatever was wrong. */
static void refuse_login(struct s5ad_session *session, const char *why)
{
    struct opening *opening = session->opening;
    opening->login_why = why;
    session->timer.fire = on_login_refused;
    s5ad_timer_set(&loop_of(session)->timers, &session->timer,
                   opening->login_at + LOGIN_REFUSAL_MS);
}

static void accept_login(struct s5ad_session *session)
{
    s5ad_handshake_login(&session->opening->hs, true, NULL);
    proceed(session);
}

static void on_verified(void *owner, bool accepted, const char *hash,
                        const struct s5a_secret *password)
{
    struct s5ad_session *session = owner;
    struct opening *opening = session->opening;
    session->login = NULL;
    if (!accepted) {
        refuse_login(session, opening->user_known ? "wrong password" : "unknown user");
        return;
    }
    if (session->server->users)
        s5ad_users_prove(session->server->users, s5ad_handshake_user(&opening->hs), hash, password);
    accept_login(session);
}

static void start_login(struct s5ad_session *session)
{
    struct opening *opening = session->opening;
    struct s5ad_server *server = session->server;
    struct s5a_span user = s5ad_handshake_user(&opening->hs);
    if (opening->login_asked)
        return;
    opening->login_asked = true;
    opening->login_at = server->loop.now;
    if (!server->users) {
        refuse_login(session, "no users any more");
        return;
    }
    if (s5ad_users_is_proven(server->users, user, &opening->hs.password)) {
        accept_login(session);
        return;
    }
    char hash[S5AD_HASH_CAP];
    opening->user_known = s5ad_users_hash(server->users, user, hash);
    session->login = s5ad_logins_start(server->logins, hash, opening->user_known,
                                       &opening->hs.password, on_verified, session);
    s5a_wipe(hash, sizeof hash);
    if (!session->login)
        refuse_login(session, "too many log-ins at once");
}

/* ---- handshake ---- */

/* False when the client is gone. */
static bool flush(struct s5ad_session *session)
{
    struct s5a_buffer *out = &session->opening->hs.out;
    struct s5a_span unsent = s5a_buffer_peek(out);
    if (unsent.len == 0)
        return true;
    ssize_t n = send(session->client.fd, unsent.at, unsent.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    s5a_buffer_consume(out, (size_t)n);
    return true;
}

static void refused(struct s5ad_session *session)
{
    const struct opening *opening = session->opening;
    s5ad_record_refused(&session->record, &session->server->log, loop_of(session)->now,
                        &opening->hs, opening->target_asked);
}

static void finish(struct s5ad_session *session, enum s5ad_want want)
{
    if (want == S5AD_WANT_RELAY) {
        start_relay(session);
        return;
    }
    refused(session);
    if (want == S5AD_WANT_REFUSED)
        discard(session);
    else
        end(session);
}

/* Goes on as far as can be without waiting; the session may have ended when it returns. */
static void proceed(struct s5ad_session *session)
{
    struct s5ad_handshake *hs = &session->opening->hs;
    enum s5ad_want want = s5ad_handshake_advance(hs);
    if (!flush(session)) {
        give_up(session, "client went away");
        return;
    }
    bool unsent = s5a_buffer_peek(&hs->out).len > 0;
    if (want >= S5AD_WANT_RELAY && !unsent) {
        finish(session, want);
        return;
    }
    uint32_t events = (unsent ? EPOLLOUT : 0u) | (want == S5AD_WANT_BYTES ? EPOLLIN : 0u);
    if (s5ad_watch_set(loop_of(session), &session->client, events) < 0)
        give_up(session, "out of memory");
    else if (want == S5AD_WANT_LOGIN)
        start_login(session);
    else if (want == S5AD_WANT_TARGET)
        start_target(session);
}

/* False when there will be no more. */
static bool receive(struct s5ad_session *session)
{
    struct s5a_buffer *in = &session->opening->hs.in;
    size_t room;
    uint8_t *space = s5a_buffer_space(in, &room);
    ssize_t n = recv(session->client.fd, space, room, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    s5a_buffer_commit(in, (size_t)n);
    return n > 0;
}

static void on_handshake(struct s5ad_watch *watch, uint32_t events)
{
    struct s5ad_session *session = S5AD_OWNER(watch, struct s5ad_session, client);
    bool reading = watch->events & EPOLLIN;
    bool gone = events & EPOLLERR || (events & EPOLLHUP && !reading);
    if (gone || (reading && events & (EPOLLIN | EPOLLHUP) && !receive(session)))
        give_up(session, "client went away");
    else
        proceed(session);
}

void s5ad_session_open(struct s5ad_server *server, int fd)
{
    struct s5ad_session *session = calloc(1, sizeof *session);
    struct opening *opening = calloc(1, sizeof *opening);
    if (!session || !opening) {
        s5ad_log(&server->log, S5AD_LOG_ERROR, "out of memory");
        free(session);
        free(opening);
        close(fd);
        return;
    }
    *session = (struct s5ad_session){
        .server = server,
        .client = { .fd = fd, .ready = on_handshake },
        .timer = { .fire = on_time },
        .opening = opening,
    };
    opening->session = session;
    s5ad_handshake_init(&opening->hs, !server->settings->users || server->settings->anonymous,
                        server->settings->users != NULL);
    s5ad_target_init(&opening->target, &server->loop, server->names, &server->settings->acl,
                     on_reached);
    s5ad_record_open(&session->record, server->loop.now, fd);
    tune(fd);
    DL_APPEND(server->sessions, session);
    s5ad_server_count(server, 1);
    set_limit(session);
    if (s5ad_watch_set(&server->loop, &session->client, EPOLLIN) < 0)
        give_up(session, "out of memory");
}

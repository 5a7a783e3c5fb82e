/* The first part of a session: drives the handshake, and what it asks for, from the loop. */
#include "server/opening_steps.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/server.h"
#include "server/source.h"

static void abandon(struct s5ad_opening *opening, const char *why)
{
    opening->why = why;
    opening->opened(opening, S5AD_OPENED_ABANDONED);
}

static void on_time(struct s5ad_timer *timer)
{
    struct s5ad_opening *opening = S5AD_OWNER(timer, struct s5ad_opening, timer);
    abandon(opening, opening->hs.served > 0 ? "idle" : "handshake took too long");
}

/* ---- the client's bytes ---- */

/* False when the client is gone. */
static bool flush(struct s5ad_opening *opening)
{
    struct s5a_span unsent = s5a_buffer_peek(&opening->hs.out);
    if (unsent.len == 0)
        return true;
    ssize_t n = send(opening->client.fd, unsent.at, unsent.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    s5a_buffer_consume(&opening->hs.out, (size_t)n);
    return true;
}

/* False when there will be no more. */
static bool receive(struct s5ad_opening *opening)
{
    size_t room;
    uint8_t *space = s5ad_handshake_space(&opening->hs, &room);
    ssize_t n = recv(opening->client.fd, space, room, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    s5ad_handshake_commit(&opening->hs, (size_t)n);
    return n > 0;
}

/* A client that waits for a peer has gone where it says nothing more, and has said nothing yet. */
static bool is_listening(const struct s5ad_opening *opening, enum s5ad_want want)
{
    return want == S5AD_WANT_COMMAND && opening->hs.request.command == S5A_CMD_BIND &&
           s5a_buffer_peek(&opening->hs.in).len == 0;
}

static void wait_for(struct s5ad_opening *opening, enum s5ad_want want, bool unsent)
{
    size_t room;
    s5ad_handshake_space(&opening->hs, &room); /* none where a request is held */
    bool reads = want == S5AD_WANT_BYTES && room > 0;
    uint32_t events = (unsent ? EPOLLOUT : 0u) | (reads ? EPOLLIN : 0u) |
                      (is_listening(opening, want) ? EPOLLRDHUP : 0u);
    if (s5ad_watch_set(&opening->server->loop, &opening->client, events) < 0)
        abandon(opening, "out of memory");
    else if (want == S5AD_WANT_LOGIN)
        s5ad_opening_start_login(opening);
}

static const enum s5ad_opened outcomes[] = {
    [S5AD_WANT_ASSOCIATION] = S5AD_OPENED_ASSOCIATION,
    [S5AD_WANT_RELAY] = S5AD_OPENED_RELAY,
    [S5AD_WANT_REFUSED] = S5AD_OPENED_REFUSED,
    [S5AD_WANT_CLOSE] = S5AD_OPENED_CLOSED,
};

/* True where what the handshake wants was answered at once. */
static bool answer(struct s5ad_opening *opening, enum s5ad_want want)
{
    if (want == S5AD_WANT_EAF)
        return s5ad_opening_start_eaf(opening);
    return want == S5AD_WANT_COMMAND && s5ad_opening_start_command(opening);
}

/* A server that drains takes no further request. */
static bool is_superfluous(const struct s5ad_opening *opening, enum s5ad_want want)
{
    return opening->server->draining && want == S5AD_WANT_BYTES && opening->hs.served > 0;
}

/* In records an end has to be told. */
static void stop_serving(struct s5ad_opening *opening)
{
    if (!opening->hs.records) {
        abandon(opening, "the server drains");
        return;
    }
    s5ad_handshake_leave(&opening->hs, "the server drains");
    s5ad_opening_proceed(opening);
}

void s5ad_opening_proceed(struct s5ad_opening *opening)
{
    enum s5ad_want want = s5ad_handshake_advance(&opening->hs);
    while (answer(opening, want))
        want = s5ad_handshake_advance(&opening->hs);
    if (!flush(opening)) {
        abandon(opening, "client went away");
        return;
    }
    bool unsent = s5a_buffer_peek(&opening->hs.out).len > 0;
    if (!unsent && is_superfluous(opening, want))
        stop_serving(opening);
    else if (unsent || want < S5AD_WANT_RELAY)
        wait_for(opening, want, unsent || opening->hs.held); /* held: on, once it can write */
    else
        opening->opened(opening, outcomes[want]);
}

static void on_client(struct s5ad_watch *watch, uint32_t events)
{
    struct s5ad_opening *opening = S5AD_OWNER(watch, struct s5ad_opening, client);
    bool reading = watch->events & EPOLLIN;
    bool gone = events & (EPOLLERR | EPOLLRDHUP) || (events & EPOLLHUP && !reading);
    if (gone || (reading && events & (EPOLLIN | EPOLLHUP) && !receive(opening)))
        abandon(opening, "client went away");
    else
        s5ad_opening_proceed(opening);
}

static uint64_t source_of(const struct s5ad_server *server, int fd)
{
    uint8_t id[S5AD_SOURCE_ID_CAP];
    return s5ad_slow_id(server->realm.slow, S5AD_SLOW_SOURCE, s5ad_source_id(fd, id));
}

/* NULL, or why this one is one too many. One source gets half of all. */
static const char *arrive(struct s5ad_server *server, uint64_t source)
{
    unsigned most = server->settings->max_handshakes;
    if (server->handshake_count >= most)
        return "too many handshakes";
    if (!s5ad_slow_arrive(server->realm.slow, source, most / 2 + 1, server->loop.now))
        return "too many handshakes of this source";
    server->handshake_count++;
    return NULL;
}

void s5ad_opening_depart(struct s5ad_opening *opening)
{
    if (!opening->counted)
        return;
    opening->counted = false;
    opening->server->handshake_count--;
    s5ad_slow_depart(opening->server->realm.slow, opening->source);
}

static void init_parts(struct s5ad_opening *opening)
{
    struct s5ad_server *server = opening->server;
    s5ad_handshake_init(&opening->hs, s5ad_settings_offers(server->settings),
                        &server->realm.keyring);
    s5ad_credential_init(&opening->credential, &server->loop, server->logins, &server->realm,
                         opening->source, s5ad_opening_on_decided);
    s5ad_admission_init(&opening->admission, &server->loop, &server->realm, &opening->hs,
                        opening->source, s5ad_opening_on_admitted);
    s5ad_target_init(&opening->target, &server->loop, server->names, &server->settings->acl,
                     &server->settings->sockets, s5ad_opening_on_reached);
    s5ad_opening_init_resolve(opening);
    s5ad_opening_init_bind(opening);
}

struct s5ad_opening *s5ad_opening_new(struct s5ad_server *server, int fd, s5ad_opened_fn *opened,
                                      void *owner, const char **why)
{
    uint64_t source = source_of(server, fd);
    struct s5ad_opening *opening = calloc(1, sizeof *opening);
    *why = opening ? arrive(server, source) : "out of memory";
    if (*why) {
        free(opening);
        close(fd);
        return NULL;
    }
    opening->server = server;
    opening->opened = opened;
    opening->owner = owner;
    opening->source = source;
    opening->counted = true;
    opening->client = (struct s5ad_watch){ .fd = fd, .ready = on_client };
    opening->timer.fire = on_time;
    init_parts(opening);
    return opening;
}

void s5ad_opening_start(struct s5ad_opening *opening)
{
    s5ad_opening_set_limit(opening);
    wait_for(opening, S5AD_WANT_BYTES, false);
}

void s5ad_opening_drain(struct s5ad_opening *opening)
{
    if (opening->hs.step == S5AD_STEP_REQUEST && opening->hs.served > 0)
        s5ad_opening_proceed(opening);
}

void s5ad_opening_free(struct s5ad_opening *opening)
{
    if (!opening)
        return;
    struct s5ad_loop *loop = &opening->server->loop;
    s5ad_opening_depart(opening);
    s5ad_timer_clear(&loop->timers, &opening->timer);
    s5ad_credential_cancel(&opening->credential);
    s5ad_admission_cancel(&opening->admission);
    s5ad_opening_stop_resolve(opening);
    s5ad_bind_close(&opening->bind);
    s5ad_association_free(opening->association);
    s5ad_share_give(&opening->share);
    s5ad_share_give(&opening->waiting);
    s5ad_share_give(&opening->session);
    s5ad_target_close(&opening->target);
    s5ad_watch_close(loop, &opening->client);
    s5ad_handshake_wipe(&opening->hs);
    s5ad_loop_free(loop, &opening->garbage);
}

/* The first part of a session: drives the handshake, and what it asks for, from the loop. */
#include "server/opening.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/rep.h"
#include "server/server.h"
#include "server/source.h"

static void proceed(struct s5ad_opening *opening);

static void abandon(struct s5ad_opening *opening, const char *why)
{
    opening->why = why;
    opening->opened(opening, S5AD_OPENED_ABANDONED);
}

static void on_time(struct s5ad_timer *timer)
{
    abandon(S5AD_OWNER(timer, struct s5ad_opening, timer), "handshake took too long");
}

static void set_limit(struct s5ad_opening *opening)
{
    s5ad_loop_after(&opening->server->loop, &opening->timer,
                    opening->server->settings->handshake_ms);
}

/* ---- what the handshake asks for ---- */

static void on_reached(struct s5ad_target *target)
{
    struct s5ad_opening *opening = S5AD_OWNER(target, struct s5ad_opening, target);
    struct s5ad_sockaddr bound = s5ad_sockaddr_local(target->watch.fd);
    struct s5a_address address = s5ad_sockaddr_address(&bound);
    s5ad_handshake_reply(&opening->hs, target->rep, &address, s5ad_sockaddr_port(&bound),
                         target->why);
    set_limit(opening);
    proceed(opening);
}

/* What the rules of the user are; NULL, or why there is nothing to go on with. */
static const char *take_rules(struct s5ad_opening *opening)
{
    const struct s5ad_users *users = opening->server->realm.users;
    struct s5a_span name = s5ad_handshake_user(&opening->hs);
    if (name.len == 0)
        return NULL;
    const struct s5ad_user *user = users ? s5ad_users_find(users, name) : NULL;
    if (!user)
        return "user is not there any more";
    return s5ad_acl_copy(&opening->target.own, &user->acl) ? NULL : "out of memory";
}

/* The target has a time limit of its own. */
static void start_target(struct s5ad_opening *opening)
{
    if (opening->target_asked)
        return;
    opening->target_asked = true;
    const char *why = take_rules(opening);
    if (why) {
        s5ad_handshake_reply(&opening->hs, S5A_REP_NOT_ALLOWED, NULL, 0, why);
        proceed(opening);
        return;
    }
    s5ad_timer_clear(&opening->server->loop.timers, &opening->timer);
    s5ad_target_open(&opening->target, &opening->hs.request.address, opening->hs.request.port,
                     opening->server->settings->connect_ms);
}

static void on_decided(struct s5ad_credential *credential, bool accepted, const char *why)
{
    struct s5ad_opening *opening = S5AD_OWNER(credential, struct s5ad_opening, credential);
    s5ad_handshake_login(&opening->hs, accepted, why);
    proceed(opening);
}

static void start_login(struct s5ad_opening *opening)
{
    if (opening->login_asked)
        return;
    opening->login_asked = true;
    if (s5ad_credential_check(&opening->credential, s5ad_handshake_user(&opening->hs),
                              &opening->hs.password))
        on_decided(&opening->credential, true, NULL);
}

/* What EAF agreed on is how long the client may take for its request; what we held an answer back is
 * not counted against it. */
static void after_eaf(struct s5ad_opening *opening)
{
    uint64_t patience = s5ad_handshake_patience(&opening->hs);
    if (patience > 0)
        s5ad_loop_after(&opening->server->loop, &opening->timer, patience * 1000);
    else if (opening->held > 0)
        s5ad_timer_set(&opening->server->loop.timers, &opening->timer,
                       opening->server->loop.now + opening->held);
    opening->held = 0;
}

static void on_admitted(struct s5ad_admission *admission)
{
    struct s5ad_opening *opening = S5AD_OWNER(admission, struct s5ad_opening, admission);
    after_eaf(opening);
    proceed(opening);
}

/* True where it was answered at once. */
static bool start_eaf(struct s5ad_opening *opening)
{
    if (s5ad_admission_is_waiting(&opening->admission))
        return false;
    if (s5ad_admission_check(&opening->admission)) {
        after_eaf(opening);
        return true;
    }
    uint64_t now = opening->server->loop.now, due = opening->timer.due;
    opening->held = due > now ? due - now : 1;
    s5ad_timer_clear(&opening->server->loop.timers, &opening->timer);
    return false;
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
    uint8_t *space = s5a_buffer_space(&opening->hs.in, &room);
    ssize_t n = recv(opening->client.fd, space, room, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    s5a_buffer_commit(&opening->hs.in, (size_t)n);
    return n > 0;
}

static void wait_for(struct s5ad_opening *opening, enum s5ad_want want, bool unsent)
{
    uint32_t events = (unsent ? EPOLLOUT : 0u) | (want == S5AD_WANT_BYTES ? EPOLLIN : 0u);
    if (s5ad_watch_set(&opening->server->loop, &opening->client, events) < 0)
        abandon(opening, "out of memory");
    else if (want == S5AD_WANT_LOGIN)
        start_login(opening);
    else if (want == S5AD_WANT_TARGET)
        start_target(opening);
}

static const enum s5ad_opened outcomes[] = {
    [S5AD_WANT_RELAY] = S5AD_OPENED_RELAY,
    [S5AD_WANT_REFUSED] = S5AD_OPENED_REFUSED,
    [S5AD_WANT_CLOSE] = S5AD_OPENED_CLOSED,
};

/* Goes on as far as can be without waiting; the opening may be over when it returns. */
static void proceed(struct s5ad_opening *opening)
{
    enum s5ad_want want = s5ad_handshake_advance(&opening->hs);
    while (want == S5AD_WANT_EAF && start_eaf(opening))
        want = s5ad_handshake_advance(&opening->hs);
    if (!flush(opening)) {
        abandon(opening, "client went away");
        return;
    }
    bool unsent = s5a_buffer_peek(&opening->hs.out).len > 0;
    if (unsent || want < S5AD_WANT_RELAY)
        wait_for(opening, want, unsent);
    else
        opening->opened(opening, outcomes[want]);
}

static void on_client(struct s5ad_watch *watch, uint32_t events)
{
    struct s5ad_opening *opening = S5AD_OWNER(watch, struct s5ad_opening, client);
    bool reading = watch->events & EPOLLIN;
    bool gone = events & EPOLLERR || (events & EPOLLHUP && !reading);
    if (gone || (reading && events & (EPOLLIN | EPOLLHUP) && !receive(opening)))
        abandon(opening, "client went away");
    else
        proceed(opening);
}

static uint64_t source_of(const struct s5ad_server *server, int fd)
{
    uint8_t id[S5AD_SOURCE_ID_CAP];
    return s5ad_slow_id(server->realm.slow, S5AD_SLOW_SOURCE, s5ad_source_id(fd, id));
}

/* NULL, or why this one is one too many. One source gets a quarter of all. */
static const char *arrive(struct s5ad_server *server, uint64_t source)
{
    unsigned most = server->settings->max_handshakes;
    if (server->handshake_count >= most)
        return "too many handshakes";
    if (!s5ad_slow_arrive(server->realm.slow, source, most / 4 + 1, server->loop.now))
        return "too many handshakes of this source";
    server->handshake_count++;
    return NULL;
}

static void init_parts(struct s5ad_opening *opening)
{
    struct s5ad_server *server = opening->server;
    s5ad_handshake_init(&opening->hs, s5ad_settings_offers(server->settings),
                        &server->realm.keyring);
    s5ad_credential_init(&opening->credential, &server->loop, server->logins, &server->realm,
                         opening->source, on_decided);
    s5ad_admission_init(&opening->admission, &server->loop, &server->realm, &opening->hs,
                        opening->source, on_admitted);
    s5ad_target_init(&opening->target, &server->loop, server->names, &server->settings->acl,
                     on_reached);
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
    opening->client = (struct s5ad_watch){ .fd = fd, .ready = on_client };
    opening->timer.fire = on_time;
    init_parts(opening);
    return opening;
}

void s5ad_opening_start(struct s5ad_opening *opening)
{
    set_limit(opening);
    wait_for(opening, S5AD_WANT_BYTES, false);
}

void s5ad_opening_free(struct s5ad_opening *opening)
{
    if (!opening)
        return;
    struct s5ad_loop *loop = &opening->server->loop;
    opening->server->handshake_count--;
    s5ad_slow_depart(opening->server->realm.slow, opening->source);
    s5ad_timer_clear(&loop->timers, &opening->timer);
    s5ad_credential_cancel(&opening->credential);
    s5ad_admission_cancel(&opening->admission);
    s5ad_target_close(&opening->target);
    s5ad_watch_close(loop, &opening->client);
    s5ad_handshake_wipe(&opening->hs);
    s5ad_loop_free(loop, &opening->garbage);
}

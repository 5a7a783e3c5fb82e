/* What the handshake asks for, and what comes of it: a log-in, a target. */
#include "server/opening_steps.h"

#include "protocol/rep.h"
#include "server/server.h"

void s5ad_opening_set_limit(struct s5ad_opening *opening)
{
    s5ad_loop_after(&opening->server->loop, &opening->timer,
                    opening->server->settings->handshake_ms);
}

void s5ad_opening_on_reached(struct s5ad_target *target)
{
    struct s5ad_opening *opening = S5AD_OWNER(target, struct s5ad_opening, target);
    struct s5ad_sockaddr bound = s5ad_sockaddr_local(target->watch.fd);
    struct s5a_address address = s5ad_sockaddr_address(&bound);
    s5ad_handshake_reply(&opening->hs, target->rep, &address, s5ad_sockaddr_port(&bound),
                         target->why);
    s5ad_opening_set_limit(opening);
    s5ad_opening_proceed(opening);
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

/* LIFETIME as EAF agreed on it (profile, section 2.6). */
static bool is_late(const struct s5ad_opening *opening)
{
    const struct s5ad_exchange *exchange = opening->hs.exchange;
    return exchange && exchange->ends && opening->server->realm.clock() >= exchange->ends;
}

/* The target has a time limit of its own. */
void s5ad_opening_start_target(struct s5ad_opening *opening)
{
    if (opening->target_asked)
        return;
    const char *why = take_rules(opening);
    bool late = is_late(opening);
    if (why || late) {
        s5ad_handshake_reply(&opening->hs, late ? S5A_REP_AUTH_EXPIRED : S5A_REP_NOT_ALLOWED, NULL,
                             0, late ? "lifetime of the session is over" : why);
        s5ad_opening_proceed(opening);
        return;
    }
    opening->target_asked = true;
    s5ad_timer_clear(&opening->server->loop.timers, &opening->timer);
    s5ad_target_open(&opening->target, &opening->hs.request.address, opening->hs.request.port,
                     opening->server->settings->connect_ms);
}

void s5ad_opening_on_decided(struct s5ad_credential *credential, bool accepted, const char *why)
{
    struct s5ad_opening *opening = S5AD_OWNER(credential, struct s5ad_opening, credential);
    s5ad_handshake_login(&opening->hs, accepted, why);
    s5ad_opening_proceed(opening);
}

void s5ad_opening_start_login(struct s5ad_opening *opening)
{
    if (opening->login_asked)
        return;
    opening->login_asked = true;
    if (s5ad_credential_check(&opening->credential, s5ad_handshake_user(&opening->hs),
                              &opening->hs.password))
        s5ad_opening_on_decided(&opening->credential, true, NULL);
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

void s5ad_opening_on_admitted(struct s5ad_admission *admission)
{
    struct s5ad_opening *opening = S5AD_OWNER(admission, struct s5ad_opening, admission);
    after_eaf(opening);
    s5ad_opening_proceed(opening);
}

/* True where it was answered at once. */
bool s5ad_opening_start_eaf(struct s5ad_opening *opening)
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

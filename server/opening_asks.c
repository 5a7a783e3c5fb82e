/* Log-ins that the handshake asks for, and what comes of them. */
#include "server/opening_steps.h"

#include "server/server.h"

void s5ad_opening_set_limit(struct s5ad_opening *opening)
{
    s5ad_loop_after(&opening->server->loop, &opening->timer,
                    opening->server->settings->handshake_ms);
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

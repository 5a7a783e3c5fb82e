/* Deciding EAF log-ins from the loop. */
#include "server/eaf/admission.h"

#include "protocol/rep.h"

enum { REFUSAL_MS = 200 };

static struct s5a_eaf_server *exchange_of(const struct s5ad_admission *a)
{
    return &a->hs->exchange->x;
}

/* ---- answers ---- */

static void answer(struct s5ad_admission *a,
                   void (*write)(struct s5ad_admission *a, struct s5a_writer *w))
{
    uint8_t storage[S5AD_EXCHANGE_OUT_CAP];
    struct s5a_writer w;
    s5a_writer_init(&w, storage, sizeof storage);
    write(a, &w);
    s5ad_handshake_answered(a->hs, &w);
    s5a_wipe(&a->judgement, sizeof a->judgement);
}

static void write_ticket(struct s5ad_admission *a, struct s5a_writer *w)
{
    (void)w;
    s5ad_exchange_ticket(a->hs->exchange, a->realm, a->realm->clock());
}

static void write_choice(struct s5ad_admission *a, struct s5a_writer *w)
{
    s5a_eaf_server_choose(exchange_of(a), 0, w);
}

static void write_challenge(struct s5ad_admission *a, struct s5a_writer *w)
{
    s5ad_exchange_challenge(a->hs->exchange, a->realm, w);
}

static void write_result(struct s5ad_admission *a, struct s5a_writer *w)
{
    s5ad_exchange_result(a->hs->exchange, a->realm, &a->judgement, a->realm->clock(), w);
}

/* ---- credentials ---- */

static void wait_for(struct s5ad_admission *a, uint64_t ms)
{
    s5ad_timer_set(&a->loop->timers, &a->timer, a->loop->now + ms);
}

/* A replayed message 1 may fail in somebody else's name (profile, section 2.4). */
static void count_failure(struct s5ad_admission *a)
{
    s5ad_slow_fail(a->realm->slow, a->source, a->loop->now);
    if (a->name != 0 && exchange_of(a)->channel.count > 1)
        s5ad_slow_fail(a->realm->slow, a->name, a->loop->now);
}

/* True where it was answered at once. */
static bool judge(struct s5ad_admission *a)
{
    s5ad_judge(&a->judgement, &a->hs->exchange->progress, a->realm, exchange_of(a),
               a->realm->clock());
    if (a->judgement.rep == S5A_REP_PERMISSION_DENIED) {
        count_failure(a);
        wait_for(a, REFUSAL_MS);
        return false;
    }
    answer(a, write_result);
    return true;
}

/* What can be guessed: not signatures and tickets. */
static bool is_guessable(const struct s5a_auth *auth)
{
    return s5a_auth_find(auth, S5A_MID_RESPONSE) || s5a_auth_find(auth, S5A_MID_TOTP) ||
           s5a_auth_find(auth, S5A_MID_TOKEN);
}

static bool refuse_crowd(struct s5ad_admission *a)
{
    a->judgement = (struct s5ad_judgement){ .rep = S5A_REP_RATE_LIMITED,
                                            .code = S5A_CODE_AT_ONCE,
                                            .why = "too many log-ins of this source wait" };
    answer(a, write_result);
    return true;
}

static bool on_credential(struct s5ad_admission *a)
{
    const struct s5a_eaf_login *login = &exchange_of(a)->login;
    struct s5a_span claimed = s5ad_exchange_claimed(a->hs->exchange);
    a->name = claimed.len ? s5ad_slow_id(a->realm->slow, S5AD_SLOW_NAME, claimed) : 0;
    uint64_t delay = 0;
    if (!login->has_ticket && is_guessable(&login->auth))
        delay = s5ad_slow_longer(a->realm->slow, a->source, a->name, a->loop->now);
    if (delay == 0)
        return judge(a);
    if (!s5ad_slow_enter(a->realm->slow, a->source, a->loop->now))
        return refuse_crowd(a);
    a->held = true;
    wait_for(a, delay);
    return false;
}

static void stop_holding(struct s5ad_admission *a)
{
    if (a->held)
        s5ad_slow_leave(a->realm->slow, a->source);
    a->held = false;
}

static void on_time(struct s5ad_timer *timer)
{
    struct s5ad_admission *a = S5AD_OWNER(timer, struct s5ad_admission, timer);
    bool held = a->held;
    stop_holding(a);
    if (held && !judge(a))
        return;
    if (!held)
        answer(a, write_result);
    a->waiting = false;
    a->admitted(a);
}

/* ---- beginning and end ---- */

void s5ad_admission_init(struct s5ad_admission *a, struct s5ad_loop *loop,
                         const struct s5ad_realm *realm, struct s5ad_handshake *hs, uint64_t source,
                         s5ad_admitted_fn *admitted)
{
    *a = (struct s5ad_admission){
        .loop = loop,
        .realm = realm,
        .hs = hs,
        .admitted = admitted,
        .source = source,
        .timer = { .fire = on_time },
    };
}

bool s5ad_admission_check(struct s5ad_admission *a)
{
    const struct s5a_eaf_server *x = exchange_of(a);
    if (x->ask == S5A_EAF_ASK_TICKET)
        answer(a, write_ticket);
    else if (x->login.auth.count == 0)
        answer(a, write_choice);
    else if (s5a_auth_is_ask(&x->login.auth))
        answer(a, write_challenge);
    else
        a->waiting = !on_credential(a);
    return !a->waiting;
}

bool s5ad_admission_is_waiting(const struct s5ad_admission *a)
{
    return a->waiting;
}

void s5ad_admission_cancel(struct s5ad_admission *a)
{
    s5ad_timer_clear(&a->loop->timers, &a->timer);
    stop_holding(a);
    s5a_wipe(&a->judgement, sizeof a->judgement);
    a->waiting = false;
}

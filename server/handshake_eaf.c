/* The handshake's methods 80, 81 and 82 (profile, sections 2, 3 and 4.4). */
#include "server/handshake_steps.h"

#include <string.h>

#include "protocol/rep.h"

static enum s5a_status finish(struct s5ad_handshake *hs)
{
    if (hs->records)
        s5a_tol_link_switch_in(&hs->records->link);
    s5ad_handshake_enter(hs, S5AD_STEP_REQUEST);
    s5ad_exchange_close(hs->exchange);
    return S5A_OK;
}

/* Where the exchange has come to. The input is taken as far as it says; a message fills its records. */
static enum s5a_status follow(struct s5ad_handshake *hs, size_t left)
{
    const struct s5a_eaf_server *x = &hs->exchange->x;
    bool whole = x->ask == S5A_EAF_ASK_LOGIN || x->ask == S5A_EAF_ASK_DONE;
    if (hs->records && whole && left > 0) {
        s5ad_handshake_end(hs, S5AD_STEP_CLOSED, "bytes behind a message in its record");
        return S5A_MALFORMED;
    }
    switch (x->ask) {
    case S5A_EAF_ASK_TICKET:
    case S5A_EAF_ASK_LOGIN:
        s5ad_handshake_enter(hs, S5AD_STEP_EAF_ASKS);
        return S5A_OK;
    case S5A_EAF_ASK_DONE:
        return finish(hs);
    case S5A_EAF_ASK_REFUSED:
        hs->rep = x->rep;
        hs->orderly = x->rep == S5A_REP_SUCCEEDED && x->channel.count > 0;
        s5ad_handshake_end(hs, S5AD_STEP_REFUSED, x->why);
        return S5A_OK;
    case S5A_EAF_ASK_CLOSED:
        s5ad_handshake_end(hs, S5AD_STEP_CLOSED, x->why);
        return S5A_OK;
    default:
        return S5A_INCOMPLETE;
    }
}

enum s5a_status s5ad_handshake_on_eaf(struct s5ad_handshake *hs, struct s5a_reader *r)
{
    uint8_t storage[S5AD_EXCHANGE_OUT_CAP];
    struct s5a_writer w;
    s5a_writer_init(&w, storage, sizeof storage);
    s5a_eaf_server_feed(&hs->exchange->x, r, &w);
    s5ad_handshake_send(hs, &w);
    return follow(hs, s5a_reader_left(r));
}

/* A ticket is judged in the middle of its message, which is read again afterwards. */
void s5ad_handshake_answered(struct s5ad_handshake *hs, const struct s5a_writer *w)
{
    if (hs->step != S5AD_STEP_EAF_ASKS)
        return;
    struct s5a_span claimed = s5ad_exchange_claimed(hs->exchange);
    hs->user_len = (uint8_t)claimed.len;
    if (claimed.len > 0)
        memcpy(hs->user, claimed.at, claimed.len);
    s5ad_handshake_send(hs, w);
    enum s5a_eaf_ask ask = hs->exchange->x.ask;
    if (hs->records && (ask == S5A_EAF_ASK_CONFIRM || ask == S5A_EAF_ASK_DONE))
        s5ad_handshake_agree(hs);
    s5ad_handshake_enter(hs, S5AD_STEP_EAF);
}

uint32_t s5ad_handshake_patience(const struct s5ad_handshake *hs)
{
    enum { CONFIRM_MAX = 30 };
    if (!hs->exchange || hs->exchange->idle == 0)
        return 0;
    bool confirming = hs->exchange->x.ask == S5A_EAF_ASK_CONFIRM;
    return confirming && hs->exchange->idle > CONFIRM_MAX ? CONFIRM_MAX : hs->exchange->idle;
}

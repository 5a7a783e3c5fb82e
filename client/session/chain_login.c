/* Keys and tickets around the sessions of a chain. */
#include "client/session/chain_login.h"

#include <errno.h>
#include <stdio.h>

#include "client/log.h"
#include "client/login/exchange.h"
#include "client/login/known_servers.h"
#include "protocol/crypto/keytext.h"
#include "protocol/greeting.h"

enum { AGAIN_MAX = 16 }; /* connections beyond the first, of all hops */

void s5a_chain_begin_login(struct s5a_chain *c, const struct s5a_ask *on)
{
    struct s5a_login_means means;
    bool with_ticket = c->goal.report->ticketless != c->hop;
    s5a_login_find_means(&means, c->hop, c->goal.state_dir, with_ticket);
    s5a_session_init_ask(&c->session, c->hop, on, &means, false, c->deadline);
    s5a_wipe(&means, sizeof means);
}

/* ---- after it ---- */

static int again(struct s5a_chain *c, int result)
{
    return c->goal.report->again++ < AGAIN_MAX && s5a_now() < c->deadline ? -EAGAIN : result;
}

/* Without a state directory it is for the caller to keep (socks5a-check --login). */
static int keep_key(struct s5a_chain *c, int result)
{
    const uint8_t *key = s5a_session_login(&c->session)->server_key;
    char fingerprint[S5A_KEYTEXT_FINGERPRINT_CAP];
    if (c->goal.state_dir == NULL)
        return result;
    int error = s5a_known_put(c->goal.state_dir, c->hop->where, key);
    s5a_keytext_fingerprint(fingerprint, key);
    s5a_log(error == 0 ? S5A_LOG_INFO : S5A_LOG_WARNING, "proxy %s: key %s not known before, %s",
            c->hop->name, fingerprint, error == 0 ? "accepted" : "which cannot be kept");
    return error == 0 ? again(c, result) : result;
}

static void keep_ticket(const struct s5a_chain *c)
{
    struct s5a_ticket ticket;
    if (s5a_login_uses_tickets(c->hop) && s5a_exchange_ticket(c->session.exchange, &ticket))
        (void)s5a_tickets_put(c->goal.state_dir, c->hop, &ticket);
    s5a_wipe(&ticket, sizeof ticket);
}

/* Not where the server is busy, or somebody cuts connections. */
static bool is_ticket_bad(const struct s5a_chain *c)
{
    const struct s5a_login_result *login = s5a_session_login(&c->session);
    bool denied = login->rep == S5A_REP_AUTH_EXPIRED || login->rep == S5A_REP_PERMISSION_DENIED;
    return login->by_ticket &&
           (login->ticket_refused || denied || s5a_session_status(&c->session) == S5A_FORGED);
}

/* A refusal that does not verify is none: it may have come under a newer key of the server, which
 * still takes ours where no ticket is shown. */
static int drop_ticket(struct s5a_chain *c, int result)
{
    const struct s5a_ticket *ticket = &c->session.exchange->means.ticket;
    bool was_tried_without = s5a_session_login(&c->session)->ticket_refused &&
                             s5a_session_status(&c->session) != S5A_FORGED;
    s5a_tickets_drop(c->goal.state_dir, c->hop, (struct s5a_span){ ticket->bytes, ticket->len });
    if (was_tried_without || c->goal.report->ticketless == c->hop)
        return result;
    c->goal.report->ticketless = c->hop;
    return again(c, result);
}

int s5a_chain_end_login(struct s5a_chain *c, int result)
{
    if (c->session.exchange == NULL)
        return result;
    if (s5a_session_status(&c->session) == S5A_KEY_FETCHED)
        return keep_key(c, result);
    keep_ticket(c);
    return is_ticket_bad(c) ? drop_ticket(c, result) : result;
}

static void hint_known(const struct s5a_chain *c, char *out, size_t cap)
{
    const struct s5a_login *login = c->hop->login;
    if (login != NULL && login->has_server_key)
        snprintf(out, cap, "; if it was changed on purpose, set the new server_key");
    else
        snprintf(out, cap, "; if it was changed on purpose, delete \"%s\" from %s/%s",
                 c->hop->where, c->goal.state_dir ? c->goal.state_dir : "", S5A_KNOWN_SERVERS);
}

static bool is_of_datagrams(const struct s5a_chain *c)
{
    uint8_t command = c->session.ask.request.command;
    return command == S5A_CMD_UDP_ASSOCIATE || command == S5A_CMD_UDP_ASSOCIATE_EXT;
}

static void hint_tol(const struct s5a_chain *c, char *out, size_t cap)
{
    enum s5a_status status = s5a_session_status(&c->session);
    if (status == S5A_NO_METHOD)
        snprintf(out, cap, "; set tol = off if it has log-ins by EAF, but no records");
    else if (status == S5A_UNSUPPORTED_COMMAND && is_of_datagrams(c))
        snprintf(out, cap, ", since datagrams would go beside the records: tol = off lets them");
}

void s5a_chain_login_hint(const struct s5a_chain *c, char *out, size_t cap)
{
    enum s5a_status status = s5a_session_status(&c->session);
    out[0] = '\0';
    if (status == S5A_WRONG_KEY ||
        (status == S5A_FORGED && !s5a_session_login(&c->session)->by_ticket))
        hint_known(c, out, cap);
    else if (status == S5A_KEY_FETCHED)
        snprintf(out, cap, "; it cannot be kept in the state directory");
    else if (status == S5A_UNKNOWN_KEY)
        snprintf(out, cap,
                 "; set server_key, or known_servers = accept-new, or let socks5a-run "
                 "--login ask");
    else if (s5a_proxy_eaf_method(c->hop) == S5A_METHOD_TOL)
        hint_tol(c, out, cap);
}

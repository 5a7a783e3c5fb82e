/* Which AUTH may come when (profile, sections 2.1, 2.4 and 8): all that is "order malformed". */
#include "protocol/eaf/server_steps.h"

typedef const char *rule_fn(const struct s5a_eaf_server *x, const struct s5a_metadata *list);

static bool is_first(const struct s5a_eaf_server *x)
{
    return x->channel.count == 1;
}

static const char *presence(const struct s5a_eaf_server *x, const struct s5a_metadata *list)
{
    (void)list;
    if (x->login.auth.count > 0)
        return NULL;
    return is_first(x) && !x->ticket_taken ? NULL : "no credential";
}

/* Message 1 can be replayed, and read by whoever obtains the server's key later. */
static const char *first_message(const struct s5a_eaf_server *x, const struct s5a_metadata *list)
{
    (void)list;
    bool fits = !is_first(x) || x->login.auth.count == 0 || s5a_auth_may_be_first(&x->login.auth);
    return fits ? NULL : "credential that may not be in message 1";
}

/* A ticket and `05 0000` belong together, in message 1. */
static const char *ticket(const struct s5a_eaf_server *x, const struct s5a_metadata *list)
{
    (void)list;
    const struct s5a_factor *token = s5a_auth_find(&x->login.auth, S5A_MID_TOKEN);
    bool says_so = token && token->token.len == 0;
    return says_so == x->login.has_ticket ? NULL : "ticket and credential do not fit";
}

static const char *user_name(const struct s5a_eaf_server *x, const struct s5a_metadata *list)
{
    bool lacks = s5a_auth_is_ask(&x->login.auth) && list->user.len == 0;
    return lacks ? "challenge asked for without a user name" : NULL;
}

/* A challenge is answered by the next message, and only one is answered. */
static const char *response(const struct s5a_eaf_server *x, const struct s5a_metadata *list)
{
    (void)list;
    const struct s5a_factor *factor = s5a_auth_find(&x->login.auth, S5A_MID_RESPONSE);
    bool answers = factor && factor->response.len > 0;
    if (answers == x->challenged)
        return NULL;
    return answers ? "answer without a challenge" : "challenge not answered";
}

/* What a result named is binding; the ask goes before 04. */
static const char *next_method(const struct s5a_eaf_server *x, const struct s5a_metadata *list)
{
    (void)list;
    const struct s5a_auth *auth = &x->login.auth;
    bool asks = x->required == S5A_MID_MULTI && s5a_auth_is_ask(auth);
    bool fits = x->required == 0 || auth->mid == x->required || asks;
    return fits ? NULL : "another method than the one wanted next";
}

static const char *wishes(const struct s5a_eaf_server *x, const struct s5a_metadata *list)
{
    bool misplaced = list->has_params && (x->had_auth || x->login.auth.count == 0);
    return misplaced ? "session parameters not with the first credential" : NULL;
}

static rule_fn *const rules[] = { presence, first_message, ticket, user_name,
                                  response, next_method,   wishes };

const char *s5a_eaf_server_disorder(const struct s5a_eaf_server *x, const struct s5a_metadata *list)
{
    const char *wrong = NULL;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && !wrong; i++)
        wrong = rules[i](x, list);
    return wrong;
}

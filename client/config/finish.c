/* What can be judged of a configuration only when all of it is there: names, chains, log-ins. */
#include "client/config/draft.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/config/setters.h"
#include "client/word.h"

/* Where the proxy came from, which is a line of the file or a variable. */
static bool fail_proxy(struct s5a_draft *draft, const struct s5a_draft_proxy *at, const char *what)
{
    return s5a_draft_fail_at(draft, at->defined_line, "proxy \"%s\" %s", at->proxy->name, what);
}

/* S5A_MID_BIT of what there is to log in with by EAF, or a person supplies. */
static unsigned credentials_of(const struct s5a_proxy *proxy)
{
    const struct s5a_login *login = proxy->login;
    unsigned password = proxy->password.len > 0 ? S5A_MID_BIT(S5A_MID_RESPONSE) : 0;
    if (login == NULL)
        return password;
    return password | login->asked | (login->has_key ? S5A_MID_BIT(S5A_MID_PUBLICKEY) : 0) |
           (login->totp_len > 0 ? S5A_MID_BIT(S5A_MID_TOTP) : 0) |
           (login->token != NULL ? S5A_MID_BIT(S5A_MID_TOKEN) : 0);
}

/* NULL, or what is wrong with it. */
static const char *wrong_login(const struct s5a_proxy *proxy)
{
    const struct s5a_login *login = proxy->login;
    unsigned present = credentials_of(proxy);
    if (s5a_proxy_eaf_method(proxy) < 0)
        return login == NULL ? NULL : "with keys for EAF, expected method = eaf or chain";
    if (proxy->user != NULL && present == 0)
        return "with a user alone, expected a password, totp, ask or another log-in too";
    if (login == NULL)
        return NULL;
    if (proxy->user == NULL && (login->totp_len > 0 || login->asked != 0))
        return "with one-time codes or ask, expected a user too";
    return (login->factors & ~present) == 0 ? NULL
                                            : "with a word in factors, expected what it names too";
}

/* NULL, or what is wrong with it. */
static const char *wrong_tol(const struct s5a_proxy *proxy)
{
    const struct s5a_tol_policy *tol = &proxy->tol;
    if (tol->use != S5A_TOL_ON && !tol->is_required)
        return NULL;
    if (s5a_proxy_eaf_method(proxy) < 0)
        return "with tol or require, expected a server_key, or method = eaf or chain";
    if (tol->use == S5A_TOL_OFF)
        return "with require, expected a tol that is not off";
    if (tol->is_sealed_required && tol->is_plain)
        return "with require = sealed, expected tol_mode = sealed";
    return tol->least <= tol->shape.type ? NULL : "with a tol below what require says";
}

static bool check_proxy(struct s5a_draft *draft, const struct s5a_draft_proxy *at)
{
    const struct s5a_proxy *proxy = at->proxy;
    if (!at->is_defined)
        return s5a_draft_fail_at(draft, at->mentioned_line,
                                 "proxy \"%s\", expected one that a section [proxy %s] defines",
                                 proxy->name, proxy->name);
    if (proxy->where == NULL)
        return fail_proxy(draft, at, "without an address, expected address = HOST:PORT");
    if (proxy->user == NULL && proxy->methods == S5A_METHODS_PASSWORD)
        return fail_proxy(draft, at, "with method = password, expected a user too");
    if (proxy->user == NULL && proxy->password.len > 0)
        return fail_proxy(draft, at, "with a password, expected a user too");
    const char *wrong = wrong_login(proxy);
    if (wrong == NULL)
        wrong = wrong_tol(proxy);
    return wrong == NULL || fail_proxy(draft, at, wrong);
}

/* ---- chains ---- */

static bool resolve_via(struct s5a_draft *draft, const struct s5a_draft_proxy *at)
{
    struct s5a_proxy *proxy = at->proxy;
    if (proxy->via_name == NULL)
        return true;
    struct s5a_draft_proxy *via = s5a_draft_mention(draft, s5a_word(proxy->via_name));
    if (via == NULL)
        return false;
    if (proxy->at.address.type == S5A_ATYP_UNIX || proxy->at.address.type == S5A_ATYP_ABSTRACT)
        return s5a_draft_fail_at(draft, at->via_line,
                                 "via = \"%s\" for a unix: address, expected HOST:PORT with via",
                                 proxy->via_name);
    proxy->via = via->proxy;
    return true;
}

/* The last proxy of the chain within the bound: any chain that goes on from it is too long, and a
 * circle goes on for ever. */
static const struct s5a_proxy *walk(const struct s5a_proxy *proxy)
{
    for (unsigned hops = 1; proxy != NULL && hops <= S5A_HOPS_MAX; hops++)
        proxy = proxy->via;
    return proxy;
}

static bool is_circle(const struct s5a_proxy *proxy, const struct s5a_proxy *list)
{
    const struct s5a_proxy *at = proxy;
    for (; at != NULL && list != NULL; list = list->next)
        at = at->via;
    return at != NULL;
}

static bool check_chain(struct s5a_draft *draft, const struct s5a_draft_proxy *at)
{
    if (walk(at->proxy) == NULL)
        return true;
    if (is_circle(at->proxy, draft->config->proxies))
        return s5a_draft_fail_at(draft, at->via_line,
                                 "via = \"%s\" leads round in a circle, expected a chain",
                                 at->proxy->via_name);
    return s5a_draft_fail_at(draft, at->via_line,
                             "via = \"%s\" makes a chain that is too long, expected at most %d",
                             at->proxy->via_name, (int)S5A_HOPS_MAX);
}

/* ---- the rest ---- */

static bool for_all(struct s5a_draft *draft,
                    bool (*check)(struct s5a_draft *, const struct s5a_draft_proxy *))
{
    for (struct s5a_draft_proxy *at = draft->proxies; at != NULL; at = at->next)
        if (!check(draft, at))
            return false;
    return true;
}

static bool set_default_state_dir(struct s5a_draft *draft, const char *variable, const char *rest)
{
    const char *base = s5a_draft_getenv(draft, variable);
    char path[4096];
    if (draft->config->state_dir != NULL || base == NULL || base[0] != '/')
        return true;
    int len = snprintf(path, sizeof(path), "%s%s", base, rest);
    if (len < 0 || (size_t)len >= sizeof(path))
        return true;
    return s5a_value_copy(draft, s5a_word(path), &draft->config->state_dir);
}

bool s5a_draft_finish(struct s5a_draft *draft)
{
    return for_all(draft, check_proxy) && for_all(draft, resolve_via) &&
           for_all(draft, check_chain) &&
           set_default_state_dir(draft, "XDG_STATE_HOME", "/socks5a") &&
           set_default_state_dir(draft, "HOME", "/.local/state/socks5a");
}

/* What settings say together, and which of them may change. */
#include "server/settings.h"

#include "server/eaf/realm.h"
#include "server/handshake.h"

enum { UDP_LARGEST = 65507 }; /* that IPv4 has room for */

enum { BY_EAF = S5AD_OFFER_EAF | S5AD_OFFER_CHAIN | S5AD_OFFER_TOL };

/* Before what TOL is wanted takes away from it. */
static unsigned named_by(const struct s5ad_settings *settings)
{
    bool open = !settings->users || settings->anonymous;
    unsigned by_others = (settings->server_keys[0] ? (unsigned)BY_EAF : 0u) |
                         (settings->users ? S5AD_OFFER_PASSWORD : 0u) |
                         (open ? S5AD_OFFER_NONE : 0u);
    return settings->methods ? settings->methods : by_others;
}

bool s5ad_settings_is_open(const struct s5ad_settings *settings)
{
    return named_by(settings) & S5AD_OFFER_NONE;
}

unsigned s5ad_settings_offers(const struct s5ad_settings *settings)
{
    bool wants_tol = settings->tol.least.level > S5AD_TOL_OFF;
    return wants_tol ? S5AD_OFFER_TOL : named_by(settings);
}

bool s5ad_settings_check(const struct s5ad_settings *settings, struct s5ad_problem *problem)
{
    unsigned offers = s5ad_settings_offers(settings);
    bool has_key = settings->server_keys[0] != NULL;
    if (offers & BY_EAF && !has_key)
        return s5ad_problem_set(problem, "methods tol, eaf and chain need server_key");
    if (settings->methods && offers & ~settings->methods)
        return s5ad_problem_set(problem, "tol wants method tol, which methods does not have");
    if ((settings->network_key || settings->ticket_key) && !has_key)
        return s5ad_problem_set(problem, "network_key and ticket_key need server_key");
    if (offers & S5AD_OFFER_PASSWORD && !settings->users)
        return s5ad_problem_set(problem, "method password needs users");
    if (settings->ticket_lifetime > S5AD_TICKET_LIFETIME_MAX)
        return s5ad_problem_set(problem, "ticket_lifetime is at most %d", S5AD_TICKET_LIFETIME_MAX);
    if (settings->udp_idle == 0 || settings->udp_idle > UINT16_MAX || settings->udp_idle_max == 0 ||
        settings->udp_idle_max > UINT16_MAX)
        return s5ad_problem_set(problem, "udp_idle and udp_idle_max are 1 to 65535");
    if (settings->udp_largest == 0 || settings->udp_largest > UDP_LARGEST)
        return s5ad_problem_set(problem, "udp_largest is 1 to %d", UDP_LARGEST);
    if (settings->pool_lifetime == 0 || settings->pool_lifetime > UINT16_MAX)
        return s5ad_problem_set(problem, "pool_lifetime is 1 to 65535");
    if (settings->rate.per_minute > S5AD_RATE_MAX || settings->rate.at_once > S5AD_RATE_MAX)
        return s5ad_problem_set(problem, "request_rate and request_burst are at most %d",
                                S5AD_RATE_MAX);
    if (settings->max_handshakes == 0)
        return s5ad_problem_set(problem, "max_handshakes is at least 1");
    return true;
}

static void swap(char **a, char **b)
{
    char *kept = *a;
    *a = *b;
    *b = kept;
}

void s5ad_settings_adopt(struct s5ad_settings *settings, struct s5ad_settings *fresh)
{
    struct s5ad_acl acl = settings->acl;
    settings->acl = fresh->acl;
    fresh->acl = acl;
    struct s5ad_unix_list sockets = settings->sockets;
    settings->sockets = fresh->sockets;
    fresh->sockets = sockets;
    swap(&settings->users, &fresh->users);
    for (unsigned i = 0; i < S5A_EAF_STATICS_MAX; i++)
        swap(&settings->server_keys[i], &fresh->server_keys[i]);
    swap(&settings->network_key, &fresh->network_key);
    swap(&settings->ticket_key, &fresh->ticket_key);
    settings->tol = fresh->tol;
    settings->anonymous = fresh->anonymous;
    settings->methods = fresh->methods;
    settings->ticket_lifetime = fresh->ticket_lifetime;
    settings->udp = fresh->udp;
    settings->bind = fresh->bind;
    settings->pool = fresh->pool;
}

struct s5a_address s5ad_settings_told(const struct s5ad_settings *settings,
                                      const struct s5ad_sockaddr *bound)
{
    const struct s5ad_sockaddr *told = &settings->told[bound->any.sa_family == AF_INET6];
    bool is_told = bound->any.sa_family != AF_UNSPEC && told->any.sa_family != AF_UNSPEC;
    return s5ad_sockaddr_address(is_told ? told : bound);
}

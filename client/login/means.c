/* What a session may log in with. */
#include "client/login/means.h"

#include <string.h>

#include "client/login/known_servers.h"

/* What may go to a server that nobody has vouched for. */
static const unsigned harmless = S5A_MID_BIT(S5A_MID_PUBLICKEY) | S5A_MID_BIT(S5A_MID_ANONYMOUS);

static const struct s5a_login *login_of(const struct s5a_proxy *proxy)
{
    static const struct s5a_login none;
    return proxy->login != NULL ? proxy->login : &none;
}

/* What is there, one by one. */
static unsigned present(const struct s5a_proxy *proxy)
{
    const struct s5a_login *login = login_of(proxy);
    bool password = proxy->user != NULL && proxy->password.len > 0;
    bool code = login->totp_len > 0 || login->code[0] != '\0';
    return (login->has_key ? S5A_MID_BIT(S5A_MID_PUBLICKEY) : 0) |
           (password ? S5A_MID_BIT(S5A_MID_RESPONSE) : 0) |
           (proxy->user != NULL && code ? S5A_MID_BIT(S5A_MID_TOTP) : 0) |
           (login->token != NULL ? S5A_MID_BIT(S5A_MID_TOKEN) : 0);
}

/* A ticket alone can stand for what a person has to supply. */
static bool needs_person(const struct s5a_proxy *proxy)
{
    return (login_of(proxy)->asked & ~present(proxy)) != 0;
}

unsigned s5a_login_methods(const struct s5a_proxy *proxy)
{
    unsigned methods = present(proxy);
    const struct s5a_login *login = login_of(proxy);
    if (needs_person(proxy))
        return 0;
    if (login->factors != 0 && s5a_proxy_is_chaining(proxy))
        return methods | S5A_MID_BIT(S5A_MID_MULTI);
    if (login->factors != 0)
        return S5A_MID_BIT(S5A_MID_MULTI);
    return methods != 0 ? methods : S5A_MID_BIT(S5A_MID_ANONYMOUS);
}

bool s5a_login_uses_tickets(const struct s5a_proxy *proxy)
{
    bool key_is_enough =
        login_of(proxy)->has_key && login_of(proxy)->factors == 0 && !s5a_proxy_is_chaining(proxy);
    if (login_of(proxy)->asked != 0)
        return true;
    return !key_is_enough && (s5a_login_methods(proxy) & ~harmless) != 0;
}

static void find_key(struct s5a_login_means *out, const struct s5a_proxy *proxy,
                     const char *state_dir)
{
    const struct s5a_login *login = login_of(proxy);
    if (login->has_server_key)
        memcpy(out->server_key, login->server_key, sizeof(out->server_key));
    else if (!s5a_known_find(state_dir, proxy->where, out->server_key))
        out->fetches = true;
    if (out->fetches && login->known != S5A_KNOWN_ACCEPT)
        out->status = S5A_UNKNOWN_KEY;
}

/* A key that this process has accepted proves nothing yet. */
static void spare_secrets(struct s5a_login_means *out, const struct s5a_proxy *proxy)
{
    const struct s5a_login *login = login_of(proxy);
    if (login->has_server_key || login->secrets_to_new || !s5a_known_is_new(out->server_key))
        return;
    out->methods &= harmless;
    if (out->methods == 0 && out->ticket.len == 0)
        out->status = S5A_NEW_KEY;
}

void s5a_login_find_means(struct s5a_login_means *out, const struct s5a_proxy *proxy,
                          const char *state_dir, bool with_ticket)
{
    memset(out, 0, offsetof(struct s5a_login_means, ticket.bytes));
    out->script = NULL;
    out->method = (uint8_t)s5a_proxy_eaf_method(proxy);
    find_key(out, proxy, state_dir);
    if (out->fetches || out->status != S5A_OK)
        return;
    out->methods = s5a_login_methods(proxy);
    if (with_ticket && s5a_login_uses_tickets(proxy))
        (void)s5a_tickets_take(&out->ticket, state_dir, proxy);
    if (out->methods == 0 && out->ticket.len == 0)
        out->status = S5A_LOGIN_NEEDED;
    else
        spare_secrets(out, proxy);
}

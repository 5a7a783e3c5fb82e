/* One proxy as configured. */
#include "client/routes/proxy.h"

#include <stdlib.h>
#include <string.h>

#include "client/word.h"
#include "protocol/greeting.h"

struct s5a_proxy *s5a_proxy_new(const char *name)
{
    struct s5a_proxy *proxy = calloc(1, sizeof(*proxy));
    if (proxy == NULL)
        return NULL;
    proxy->at.address = s5a_address_none();
    s5a_tol_policy_init(&proxy->tol);
    proxy->name = s5a_word_copy(s5a_word(name));
    if (proxy->name == NULL) {
        free(proxy);
        return NULL;
    }
    return proxy;
}

static void free_wiped(char *text)
{
    if (text != NULL)
        s5a_wipe(text, strlen(text));
    free(text);
}

void s5a_proxy_free(struct s5a_proxy *proxy)
{
    if (proxy == NULL)
        return;
    free(proxy->name);
    free(proxy->where);
    free_wiped(proxy->user);
    free(proxy->via_name);
    free(proxy->pool_target_text);
    s5a_secret_wipe(&proxy->password);
    s5a_login_free(proxy->login);
    free(proxy);
}

int s5a_proxy_eaf_method(const struct s5a_proxy *proxy)
{
    bool by_eaf = proxy->methods == S5A_METHODS_EAF || s5a_proxy_is_chaining(proxy) ||
                  (proxy->methods == S5A_METHODS_AUTO && proxy->login != NULL);
    if (!by_eaf)
        return -1;
    if (proxy->tol.use != S5A_TOL_OFF)
        return S5A_METHOD_TOL;
    return s5a_proxy_is_chaining(proxy) ? S5A_METHOD_AMC : S5A_METHOD_EAF;
}

bool s5a_proxy_has_records(const struct s5a_proxy *proxy)
{
    while (proxy != NULL && s5a_proxy_eaf_method(proxy) != S5A_METHOD_TOL)
        proxy = proxy->via;
    return proxy != NULL;
}

bool s5a_proxy_is_chaining(const struct s5a_proxy *proxy)
{
    return proxy->methods == S5A_METHODS_CHAIN;
}

/* What a text says, in memory of its own, until all of it is known to be good. */
struct draft {
    char *where;
    struct s5a_endpoint at;
    char *user;
    struct s5a_secret password;
};

static void draft_wipe(struct draft *draft)
{
    free(draft->where);
    free_wiped(draft->user);
    s5a_secret_wipe(&draft->password);
}

static enum s5a_status decode_secret(struct s5a_secret *out, struct s5a_span text)
{
    struct s5a_writer w;
    s5a_writer_init(&w, out->bytes, sizeof(out->bytes));
    enum s5a_status status = s5a_percent_decode(&w, text);
    if (status != S5A_OK)
        return S5A_MALFORMED;
    out->len = (uint8_t)s5a_writer_len(&w);
    return S5A_OK;
}

static enum s5a_status draft_user(struct draft *draft, const struct s5a_proxy_url *url)
{
    struct s5a_secret user = { 0 };
    if (url->user.at == NULL)
        return S5A_OK;
    enum s5a_status status = decode_secret(&user, url->user);
    if (status == S5A_OK)
        draft->user = s5a_word_copy(s5a_secret_span(&user));
    s5a_secret_wipe(&user);
    if (status == S5A_OK && draft->user == NULL)
        return S5A_TOO_LONG;
    return status == S5A_OK ? decode_secret(&draft->password, url->password) : status;
}

/* The endpoint views `where`, so it lives as long as the proxy. */
static enum s5a_status draft_endpoint(struct draft *draft, struct s5a_span text)
{
    draft->where = s5a_word_copy(text);
    if (draft->where == NULL)
        return S5A_TOO_LONG;
    return s5a_endpoint_parse(&draft->at, s5a_word(draft->where));
}

static enum s5a_status draft_parse(struct draft *draft, struct s5a_span text)
{
    struct s5a_proxy_url url;
    if (!s5a_is_url(text))
        return draft_endpoint(draft, text);
    enum s5a_status status = s5a_proxy_url_parse(&url, text);
    if (status == S5A_OK)
        status = draft_user(draft, &url);
    return status == S5A_OK ? draft_endpoint(draft, url.endpoint) : status;
}

static void draft_commit(struct draft *draft, struct s5a_proxy *proxy)
{
    free(proxy->where);
    proxy->where = draft->where;
    proxy->at = draft->at;
    if (draft->user != NULL) {
        free_wiped(proxy->user);
        proxy->user = draft->user;
        proxy->password = draft->password;
    }
    s5a_secret_wipe(&draft->password);
}

enum s5a_status s5a_proxy_set_where(struct s5a_proxy *proxy, const char *text)
{
    struct draft draft = { .where = NULL };
    enum s5a_status status = draft_parse(&draft, s5a_word(text));
    if (status == S5A_OK)
        draft_commit(&draft, proxy);
    else
        draft_wipe(&draft);
    return status;
}

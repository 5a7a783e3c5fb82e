/* Whom a proxy is told to expect at a listener. */
#include "shim/inbound/expected.h"

#include <string.h>

#include "client/word.h"
#include "shim/lock.h"

/* Under the lock. */
static struct {
    const struct s5a_proxy *proxy; /* NULL: none yet */
    struct s5a_named_target named;
    bool is_by_ipv4; /* the proxy has told that it went there by IPv4 */
} last;

static bool is_told_ipv4(const struct s5a_address *address)
{
    static const uint8_t zeros[4];
    return address->type == S5A_ATYP_IPV4 && memcmp(address->ip, zeros, sizeof zeros) != 0;
}

void s5a_expected_note(const struct s5a_attempt *a)
{
    if (a->config->inbound_mode != S5A_INBOUND_BIND)
        return;
    s5a_lock_shielded();
    last.proxy = a->proxy;
    s5a_named_copy(&last.named, &a->named);
    last.is_by_ipv4 = is_told_ipv4(&a->report.bound.address);
    s5a_unlock_shielded();
}

static bool find_last(const struct s5a_proxy *proxy, struct s5a_named_target *out)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    bool is_known = last.proxy == proxy;
    if (is_known)
        s5a_named_copy(out, &last.named);
    s5a_unlock(&locked);
    return is_known;
}

bool s5a_expected_is_by_ipv4(const struct s5a_config *config, const struct s5a_proxy *proxy)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    bool is_last = config->inbound_peer == NULL && config->inbound_expects_last;
    bool is_by_ipv4 = is_last && last.proxy == proxy && last.is_by_ipv4;
    s5a_unlock(&locked);
    return is_by_ipv4;
}

static void find_configured(const char *peer, struct s5a_named_target *out)
{
    size_t len = strnlen(peer, sizeof out->name - 1);
    memcpy(out->name, peer, len);
    out->name[len] = '\0';
    if (s5a_address_parse(&out->target.address, s5a_word(out->name)) != S5A_OK)
        out->target.address = s5a_address_none();
}

/* Names are the proxy's to look up; an address has to be of the listener's family. */
static bool is_of_use(const struct s5a_address *address, int family)
{
    if (address->type == S5A_ATYP_NAME)
        return true;
    return family == AF_UNSPEC ||
           address->type == (family == AF_INET6 ? S5A_ATYP_IPV6 : S5A_ATYP_IPV4);
}

void s5a_expected_anybody(int family, struct s5a_named_target *out)
{
    static const uint8_t zeros[16];
    memset(out, 0, sizeof *out);
    out->target.address = family == AF_INET6 ? s5a_address_ipv6(zeros) : s5a_address_ipv4(zeros);
}

void s5a_expected_find(const struct s5a_config *config, const struct s5a_proxy *proxy, int family,
                       struct s5a_named_target *out)
{
    bool is_found = config->inbound_peer != NULL;
    memset(out, 0, sizeof *out);
    if (is_found)
        find_configured(config->inbound_peer, out);
    else if (config->inbound_expects_last)
        is_found = find_last(proxy, out);
    if (!is_found || !is_of_use(&out->target.address, family))
        s5a_expected_anybody(family, out);
    out->target.port = 0;
}

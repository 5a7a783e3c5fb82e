/* How the program's sockets look from outside. */
#include "shim/inbound/outside.h"

#include <string.h>

#include "shim/real.h"
#include "shim/sockets/inet.h"

static bool is_told(const struct s5a_address *address)
{
    static const uint8_t zeros[16];
    return (address->type == S5A_ATYP_IPV4 || address->type == S5A_ATYP_IPV6) &&
           memcmp(address->ip, zeros, sizeof zeros) != 0;
}

static struct s5a_address reached_at(int control)
{
    static const uint8_t zeros[4];
    union s5a_inet at;
    socklen_t len = sizeof at;
    memset(&at, 0, sizeof at);
    (void)S5A_REAL(getpeername)(control, &at.plain, &len);
    struct s5a_address address = s5a_inet_address(&at);
    return address.type == S5A_ATYP_NONE ? s5a_address_ipv4(zeros) : address;
}

static struct s5a_address proxys_own(const struct s5a_attempt *a)
{
    return a->proxy->via != NULL ? s5a_address_canonical(&a->proxy->at.address)
                                 : reached_at(s5a_attempt_socket(a));
}

bool s5a_outside(const struct s5a_target *bound, const struct s5a_attempt *a, int domain,
                 union s5a_inet *out)
{
    struct s5a_address address =
        is_told(&bound->address) ? s5a_address_canonical(&bound->address) : proxys_own(a);
    memset(out, 0, sizeof *out);
    return s5a_inet_from_address(out, (sa_family_t)domain, &address, bound->port);
}

bool s5a_outside_of(const struct s5a_attempt *a, union s5a_inet *out)
{
    const struct s5a_target *bound = &a->report.bound;
    return a->config->inbound_mode == S5A_INBOUND_BIND && is_told(&bound->address) &&
           s5a_outside(bound, a, a->kind.domain, out);
}

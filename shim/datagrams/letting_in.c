/* Whom a socket takes datagrams from. */
#include "shim/datagrams/letting_in.h"

#include <errno.h>
#include <string.h>

#include "shim/datagrams/filter.h"
#include "shim/datagrams/options.h"
#include "shim/datagrams/resolver.h"

int s5a_let_in(int fd, const struct s5a_association *a)
{
    struct s5a_target peer = { a->peer_real, ntohs(a->peer.v4.sin_port) };
    struct s5a_filter_sources sources = {
        .relay = a->state == S5A_ASSOCIATION_STANDING ? &a->relay : NULL,
        .parents = a->parents.family != 0 ? &a->parents : NULL,
        .resolver = a->has_resolver ? s5a_resolver_address() : NULL,
        .peer = a->is_connected ? &peer : NULL,
        .direct = a->direct,
        .direct_count = a->direct_count < S5A_DIRECT_MAX ? a->direct_count : S5A_DIRECT_MAX,
    };
    if (!a->is_direct)
        return s5a_filter_attach(fd, &sources);
    s5a_filter_detach(fd);
    return 0;
}

int s5a_let_in_resolver(int fd, const struct s5a_association *a)
{
    struct s5a_locked locked;
    if (a->has_resolver)
        return 0;
    struct s5a_association *own = s5a_association_begin(a, &locked);
    if (own == NULL)
        return -EBADF;
    own->has_resolver = own->is_engaged = true;
    s5a_datagram_no_gro(fd, own);
    int failed = s5a_let_in(fd, own);
    s5a_association_end(own, &locked);
    return failed;
}

static bool is_among(const struct s5a_association *a, const union s5a_inet *from)
{
    for (size_t i = 0; i < S5A_DIRECT_MAX && i < a->direct_count; i++)
        if (s5a_inet_equal(&a->direct[i], from))
            return true;
    return false;
}

static bool is_here(const union s5a_inet *from)
{
    uint8_t ip[16];
    if (from->family == AF_INET)
        return (ntohl(from->v4.sin_addr.s_addr) >> 24) == 127;
    memcpy(ip, &from->v6.sin6_addr, sizeof ip);
    return IN6_IS_ADDR_LOOPBACK(&from->v6.sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&from->v6.sin6_addr) && ip[12] == 127);
}

void s5a_let_in_direct(int fd, const struct s5a_association *a, const union s5a_inet *to)
{
    struct s5a_locked locked;
    if (is_here(to) || is_among(a, to))
        return;
    struct s5a_association *own = s5a_association_begin(a, &locked);
    if (own == NULL)
        return;
    own->direct[own->direct_count++ % S5A_DIRECT_MAX] = *to;
    if (own->is_engaged)
        (void)s5a_let_in(fd, own);
    s5a_association_end(own, &locked);
}

enum s5a_sender s5a_sender_of(const struct s5a_association *a, const union s5a_inet *from)
{
    const union s5a_inet *resolver = s5a_resolver_address();
    if (!a->is_engaged && !a->is_connected)
        return S5A_SENDER_DIRECT;
    if (a->state == S5A_ASSOCIATION_STANDING && s5a_inet_equal(from, &a->relay))
        return S5A_SENDER_WRAPPED;
    if (a->parents.family != 0 && s5a_inet_equal(from, &a->parents))
        return S5A_SENDER_WRAPPED;
    if (a->has_resolver && is_here(from) && from->v4.sin_port == resolver->v4.sin_port)
        return S5A_SENDER_WRAPPED;
    if (a->is_connected)
        return S5A_SENDER_FOREIGN;
    return is_here(from) || is_among(a, from) ? S5A_SENDER_DIRECT : S5A_SENDER_FOREIGN;
}

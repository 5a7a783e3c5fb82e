/* Whom a socket takes datagrams from. */
#include "shim/datagrams/letting_in.h"

#include <errno.h>

#include "shim/datagrams/filter.h"
#include "shim/datagrams/options.h"
#include "shim/datagrams/resolver.h"

static bool has(const union s5a_inet *list, size_t count, const union s5a_inet *one)
{
    for (size_t i = 0; i < count; i++)
        if (s5a_inet_equal(&list[i], one))
            return true;
    return false;
}

/* Ours first. */
static size_t list_relays(int fd, const struct s5a_association *a,
                          union s5a_inet out[static S5A_FILTER_RELAYS])
{
    union s5a_inet known[S5A_FILTER_RELAYS];
    size_t known_count = s5a_filter_relays(fd, known, NULL), count = 0;
    if (a->state == S5A_ASSOCIATION_STANDING)
        out[count++] = a->relay;
    for (size_t i = 0; i < known_count && count < S5A_FILTER_RELAYS; i++)
        if (!has(out, count, &known[i]))
            out[count++] = known[i];
    return count;
}

int s5a_let_in(int fd, const struct s5a_association *a)
{
    union s5a_inet relays[S5A_FILTER_RELAYS];
    struct s5a_target peer = { a->peer_real, ntohs(a->peer.v4.sin_port) };
    struct s5a_filter_sources sources = {
        .relays = relays,
        .relay_count = list_relays(fd, a, relays),
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

void s5a_let_in_still(int fd, const struct s5a_association *a)
{
    union s5a_inet relays[S5A_FILTER_RELAYS];
    bool is_ours;
    size_t count = s5a_filter_relays(fd, relays, &is_ours);
    if (is_ours && !has(relays, count, &a->relay))
        (void)s5a_let_in(fd, a);
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

void s5a_let_in_direct(int fd, const struct s5a_association *a, const union s5a_inet *to)
{
    struct s5a_locked locked;
    if (s5a_inet_is_loopback(to) || is_among(a, to))
        return;
    struct s5a_association *own = s5a_association_begin(a, &locked);
    if (own == NULL)
        return;
    own->direct[own->direct_count++ % S5A_DIRECT_MAX] = *to;
    if (own->is_engaged)
        (void)s5a_let_in(fd, own);
    s5a_association_end(own, &locked);
}

/* Of another process that has the socket, or one that there was before. */
static bool is_another_relay(int fd, const union s5a_inet *from)
{
    union s5a_inet relays[S5A_FILTER_RELAYS];
    return has(relays, s5a_filter_relays(fd, relays, NULL), from);
}

enum s5a_sender s5a_sender_of(int fd, const struct s5a_association *a, const union s5a_inet *from)
{
    const union s5a_inet *resolver = s5a_resolver_address();
    if (!a->is_engaged && !a->is_connected)
        return S5A_SENDER_DIRECT;
    if (a->state == S5A_ASSOCIATION_STANDING && s5a_inet_equal(from, &a->relay))
        return S5A_SENDER_WRAPPED;
    if (a->has_resolver && s5a_inet_is_loopback(from) && from->v4.sin_port == resolver->v4.sin_port)
        return S5A_SENDER_WRAPPED;
    if (is_another_relay(fd, from))
        return S5A_SENDER_WRAPPED;
    if (a->is_connected)
        return S5A_SENDER_FOREIGN;
    return s5a_inet_is_loopback(from) || is_among(a, from) ? S5A_SENDER_DIRECT : S5A_SENDER_FOREIGN;
}

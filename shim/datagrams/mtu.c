/* How large datagrams may be. */
#include "shim/datagrams/mtu.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>

#include "protocol/udp.h"
#include "shim/datagrams/errors.h"
#include "shim/datagrams/route.h"
#include "shim/real.h"
#include "shim/sockets/answer.h"

enum {
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    BEYOND = 1500, /* what is taken for the path behind a relay of the shim's own */
};

static bool is_v4(const union s5a_inet *address)
{
    return address->family == AF_INET || IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr);
}

/* What a datagram to the peer has more, on its way to the relay, than the program counts. */
static int added(const struct s5a_association *a, const union s5a_inet *peer, size_t header)
{
    int others = is_v4(&a->relay) ? IPV4_HEADER : IPV6_HEADER;
    return (int)header + others - (is_v4(peer) ? IPV4_HEADER : IPV6_HEADER);
}

/* ---- asked for ---- */

/* Of the kernel's path to the address; 0: there is none. A UDP connect sends nothing. */
static int mtu_to(const struct s5a_association *a, const union s5a_inet *to)
{
    int level = a->domain == AF_INET ? IPPROTO_IP : IPPROTO_IPV6, mtu = 0;
    socklen_t len = sizeof mtu;
    int fd = S5A_REAL(socket)(a->domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return 0;
    if (S5A_REAL(connect)(fd, &to->plain, s5a_inet_len(to)) != 0 ||
        S5A_REAL(getsockopt)(fd, level, level == IPPROTO_IP ? IP_MTU : IPV6_MTU, &mtu, &len) != 0)
        mtu = 0;
    S5A_REAL(close)(fd);
    return mtu;
}

/* Of a relay of the engine's, which may send by either family. */
static int beyond(const struct s5a_association *a, const union s5a_inet *peer, int header)
{
    int family = is_v4(peer) ? IPV6_HEADER - IPV4_HEADER : 0;
    return a->is_in_stream ? BEYOND : BEYOND - a->overhead - header - family;
}

static int programs_mtu(const struct s5a_association *a, const struct s5a_named_target *peer)
{
    bool is_standing = a->state == S5A_ASSOCIATION_STANDING;
    struct s5a_address target = s5a_address_canonical(&peer->target.address);
    int header = (int)s5a_udp_header_len(&target);
    if (is_standing && a->has_local_relay)
        return beyond(a, &peer->as_given, header);
    if (is_standing)
        return mtu_to(a, &a->relay) - added(a, &peer->as_given, (size_t)header);
    return mtu_to(a, &peer->as_given) - header;
}

bool s5a_datagram_mtu(int fd, int level, int name, void *value, socklen_t *len, int *result)
{
    struct s5a_datagram_route r;
    bool is_asked =
        (level == IPPROTO_IP && name == IP_MTU) || (level == IPPROTO_IPV6 && name == IPV6_MTU);
    if (!is_asked || !s5a_association_may_be(fd) || s5a_datagram_route(fd, NULL, 0, &r) != 0 ||
        r.way != S5A_WAY_PROXY || (level == IPPROTO_IP) != (r.association.domain == AF_INET))
        return false;
    int mtu = programs_mtu(&r.association, &r.named);
    if (mtu <= 0)
        return false;
    *result = s5a_answer_integer(mtu, value, len);
    return true;
}

/* ---- told by errors ---- */

void s5a_datagram_correct_mtu(const struct s5a_association *a, struct msghdr *message)
{
    int more = added(a, &a->latest, a->latest_header);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        struct sock_extended_err error;
        if (!s5a_error_is_told(c))
            continue;
        memcpy(&error, CMSG_DATA(c), sizeof error);
        if (error.ee_errno != EMSGSIZE || (int64_t)error.ee_info <= more)
            continue;
        error.ee_info = (uint32_t)(error.ee_info - (int64_t)more);
        memcpy(CMSG_DATA(c), &error, sizeof error);
    }
}

/* ---- what a socket asks of its paths ---- */

bool s5a_datagram_is_followed(int level, int name)
{
    return level == IPPROTO_IPV6 &&
           (name == IPV6_MTU_DISCOVER || name == IPV6_DONTFRAG || name == IPV6_RECVERR);
}

static int discovery_of(int fd, sa_family_t domain)
{
    if (domain == AF_INET)
        return s5a_socket_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT);
    if (s5a_socket_option(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 0) != 0)
        return IP_PMTUDISC_DO;
    return s5a_socket_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IP_PMTUDISC_WANT);
}

void s5a_datagram_hand_on_discovery(int fd, sa_family_t domain, int other, sa_family_t family)
{
    int discover = discovery_of(fd, domain);
    bool is_v4 = family == AF_INET;
    (void)S5A_REAL(setsockopt)(other, is_v4 ? IPPROTO_IP : IPPROTO_IPV6,
                               is_v4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER, &discover,
                               sizeof discover);
}

void s5a_datagram_follow_options(int fd, const struct s5a_association *a)
{
    if (a->state != S5A_ASSOCIATION_STANDING || a->domain != AF_INET6 || !is_v4(&a->relay))
        return;
    int report = s5a_socket_option(fd, IPPROTO_IPV6, IPV6_RECVERR, 0);
    s5a_datagram_hand_on_discovery(fd, AF_INET6, fd, AF_INET);
    (void)S5A_REAL(setsockopt)(fd, IPPROTO_IP, IP_RECVERR, &report, sizeof report);
}

/* shim/datagrams/mtu: what errors say of how large datagrams may be. */
#include "shim/datagrams/mtu.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>

union control {
    struct cmsghdr header;
    uint8_t bytes[CMSG_SPACE(sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in6))];
};

static union s5a_inet at(const char *ip)
{
    union s5a_inet address;
    memset(&address, 0, sizeof address);
    address.family = strchr(ip, ':') != NULL ? AF_INET6 : AF_INET;
    inet_pton(address.family, ip,
              address.family == AF_INET ? (void *)&address.v4.sin_addr
                                        : (void *)&address.v6.sin6_addr);
    return address;
}

struct saying {
    int level, type, code;
    uint32_t mtu;
    size_t len;
};

static void put(union control *out, const struct saying *saying)
{
    struct sock_extended_err error = { .ee_errno = (uint32_t)saying->code, .ee_info = saying->mtu };
    memset(out, 0, sizeof *out);
    out->header.cmsg_level = saying->level;
    out->header.cmsg_type = saying->type;
    out->header.cmsg_len = CMSG_LEN(saying->len);
    memcpy(CMSG_DATA(&out->header), &error, sizeof error);
}

/* What an error of a datagram, sent to `latest` behind a header of `header` bytes by way of `relay`, says
 * then. */
static uint32_t said(const char *relay, const char *latest, uint16_t header, struct saying saying)
{
    union control control;
    struct s5a_association a = { .state = S5A_ASSOCIATION_STANDING, .latest_header = header };
    struct msghdr message = { .msg_control = &control, .msg_controllen = sizeof control };
    struct sock_extended_err error;
    put(&control, &saying);
    a.relay = at(relay);
    a.latest = at(latest);
    s5a_datagram_correct_mtu(&a, &message);
    memcpy(&error, CMSG_DATA(&control.header), sizeof error);
    return error.ee_info;
}

static const size_t whole = sizeof(struct sock_extended_err) + sizeof(struct sockaddr_in);

Test(datagram_mtu, header_is_taken_off)
{
    const struct saying v4 = { IPPROTO_IP, IP_RECVERR, EMSGSIZE, 1500, whole };
    const struct saying v6 = { IPPROTO_IPV6, IPV6_RECVERR, EMSGSIZE, 1500, whole };
    cr_expect_eq(said("192.0.2.1", "198.51.100.1", 10, v4), 1490);
    cr_expect_eq(said("2001:db8::1", "2001:db8:2::1", 22, v6), 1478);
    cr_expect_eq(said("::ffff:192.0.2.1", "::ffff:198.51.100.1", 10, v6), 1490);
}

Test(datagram_mtu, family_of_the_relay_is_another)
{
    const struct saying v6 = { IPPROTO_IPV6, IPV6_RECVERR, EMSGSIZE, 1500, whole };
    cr_expect_eq(said("::ffff:192.0.2.1", "2001:db8:2::1", 22, v6), 1498);
    cr_expect_eq(said("2001:db8::1", "::ffff:198.51.100.1", 10, v6), 1470);
}

Test(datagram_mtu, other_errors_stay)
{
    const struct saying other = { IPPROTO_IP, IP_RECVERR, ECONNREFUSED, 1500, whole };
    const struct saying not_one = { IPPROTO_IP, IP_PKTINFO, EMSGSIZE, 1500, whole };
    const struct saying is_cut = { IPPROTO_IP, IP_RECVERR, EMSGSIZE, 1500, 12 };
    const struct saying nothing = { IPPROTO_IP, IP_RECVERR, EMSGSIZE, 0, whole };
    cr_expect_eq(said("192.0.2.1", "198.51.100.1", 10, other), 1500);
    cr_expect_eq(said("192.0.2.1", "198.51.100.1", 10, not_one), 1500);
    cr_expect_eq(said("192.0.2.1", "198.51.100.1", 10, is_cut), 1500);
    cr_expect_eq(said("192.0.2.1", "198.51.100.1", 10, nothing), 0);
}

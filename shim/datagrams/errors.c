/* Errors about datagrams that went to a relay. */
#include "shim/datagrams/errors.h"

#include <linux/errqueue.h>
#include <string.h>

#include "shim/datagrams/letting_in.h"

/* The port that failures behind a sending call are told by (telling.h). */
static bool is_hole(const struct s5a_association *a, const union s5a_inet *to)
{
    return a->hole != 0 && to->v4.sin_port == a->hole && s5a_inet_is_loopback(to);
}

bool s5a_error_is_of_relay(int fd, const struct s5a_association *a, const union s5a_inet *to)
{
    union s5a_inet relay = a->relay;
    if (!a->is_engaged || to->family == AF_UNSPEC)
        return false;
    if (to->v4.sin_port == 0)
        relay.v4.sin_port = 0;
    return s5a_inet_equal(to, &relay) || is_hole(a, to) ||
           s5a_sender_of(fd, a, to) == S5A_SENDER_WRAPPED;
}

bool s5a_error_is_told(const struct cmsghdr *control)
{
    return ((control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_RECVERR) ||
            (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_RECVERR)) &&
           control->cmsg_len >= CMSG_LEN(sizeof(struct sock_extended_err));
}

void s5a_error_conceal(struct msghdr *message)
{
    const size_t error = sizeof(struct sock_extended_err);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c))
        if (s5a_error_is_told(c))
            memset(CMSG_DATA(c) + error, 0, c->cmsg_len - CMSG_LEN(error));
}

/* What a UDP socket seems to be. */
#include "shim/datagrams/options.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>

#include "shim/datagrams/mtu.h"
#include "shim/datagrams/receiving.h"
#include "shim/datagrams/telling.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/sockets/answer.h"
#include "shim/sockets/detour.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

bool s5a_datagram_getsockname(int fd, struct sockaddr *address, socklen_t *len, int *result)
{
    struct s5a_association a;
    union s5a_inet own;
    socklen_t own_len = sizeof own;
    if (!s5a_association_find(fd, &a) || !a.is_connected || a.local.family != a.domain)
        return false;
    memset(&own, 0, sizeof own);
    if (S5A_REAL(getsockname)(fd, &own.plain, &own_len) != 0)
        return false;
    if (own.family == AF_INET && own.v4.sin_addr.s_addr == 0)
        own.v4.sin_addr = a.local.v4.sin_addr;
    else if (own.family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&own.v6.sin6_addr))
        own.v6.sin6_addr = a.local.v6.sin6_addr;
    *result = s5a_answer(&own, s5a_inet_len(&own), address, len, false);
    return true;
}

/* False: the kernel's answer is the program's. */
static bool get_error(int fd, const struct s5a_association *a, void *value, socklen_t *len,
                      int *result)
{
    int error;
    socklen_t error_len = sizeof error;
    if (a->told == 0 || len == NULL || value == NULL)
        return false;
    if (S5A_REAL(getsockopt)(fd, SOL_SOCKET, SO_ERROR, &error, &error_len) != 0)
        return false;
    *result = s5a_answer_integer(-s5a_told(a, -error), value, len);
    return true;
}

bool s5a_datagram_getsockopt(int fd, int level, int name, void *value, socklen_t *len, int *result)
{
    struct s5a_association a;
    if (s5a_datagram_mtu(fd, level, name, value, len, result))
        return true;
    if (level == SOL_SOCKET && name == SO_ERROR)
        return s5a_association_find(fd, &a) && get_error(fd, &a, value, len, result);
    if (level != IPPROTO_UDP || name != UDP_GRO || !s5a_association_find(fd, &a) || !a.is_engaged)
        return false;
    *result = s5a_answer_integer(a.gro, value, len);
    return true;
}

bool s5a_datagram_setsockopt(int fd, int level, int name, const void *value, socklen_t len,
                             int *result)
{
    struct s5a_association a, *own;
    struct s5a_locked locked;
    int given;
    if (s5a_datagram_is_followed(level, name) && s5a_association_find(fd, &a)) {
        *result = (int)s5a_from_libc(S5A_REAL(setsockopt)(fd, level, name, value, len));
        if (*result == 0)
            s5a_datagram_follow_options(fd, &a);
        return true;
    }
    if (level != IPPROTO_UDP || (name != UDP_GRO && name != UDP_SEGMENT) ||
        !s5a_association_find(fd, &a))
        return false;
    bool is_kept = name == UDP_GRO && a.is_engaged && value != NULL && len >= sizeof given;
    *result = is_kept ? 0 : (int)s5a_from_libc(S5A_REAL(setsockopt)(fd, level, name, value, len));
    if (*result != 0 || (own = s5a_association_begin(&a, &locked)) == NULL)
        return true;
    memcpy(&given, value, sizeof given);
    *(name == UDP_GRO ? &own->gro : &own->segment) = name == UDP_GRO ? given != 0 : given;
    s5a_association_end(own, &locked);
    return true;
}

void s5a_datagram_no_gro(int fd, const struct s5a_association *a)
{
    int off = 0;
    if (a->gro != 0)
        (void)S5A_REAL(setsockopt)(fd, IPPROTO_UDP, UDP_GRO, &off, sizeof off);
}

/* The kernel does it, and complains of a socket that is connected for the program alone. */
bool s5a_datagram_shutdown(int fd, int how, int *result)
{
    struct s5a_association a;
    if (!s5a_association_find(fd, &a) || !a.is_connected)
        return false;
    *result = (int)s5a_from_libc(S5A_REAL(shutdown)(fd, how));
    if (*result == -ENOTCONN)
        *result = 0;
    return true;
}

bool s5a_datagram_ioctl(int fd, unsigned long request, void *argument, int *result)
{
    struct s5a_association a;
    if (request != FIONREAD || !s5a_association_find(fd, &a) || a.is_direct)
        return false;
    *result = argument == NULL ? -EFAULT : s5a_receive_waiting(fd, argument);
    return true;
}

/* ---- control messages ---- */

static bool is_segment(const struct cmsghdr *c)
{
    return c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_SEGMENT &&
           c->cmsg_len == CMSG_LEN(sizeof(uint16_t));
}

static struct cmsghdr *next(const struct msghdr *message, struct cmsghdr *c)
{
    struct msghdr *unconst = (struct msghdr *)(uintptr_t)message;
    return c == NULL ? CMSG_FIRSTHDR(unconst) : CMSG_NXTHDR(unconst, c);
}

size_t s5a_datagram_segment(const struct s5a_association *a, const struct msghdr *message)
{
    uint16_t size = (uint16_t)a->segment;
    for (struct cmsghdr *c = next(message, NULL); c != NULL; c = next(message, c))
        if (is_segment(c))
            memcpy(&size, CMSG_DATA(c), sizeof size);
    return size;
}

bool s5a_datagram_is_detour(const struct msghdr *message)
{
    for (struct cmsghdr *c = next(message, NULL); c != NULL; c = next(message, c))
        if (s5a_is_detour(c->cmsg_level, c->cmsg_type, c->cmsg_len))
            return true;
    return false;
}

/* Appends one; false where it does not fit. */
static bool append(uint8_t *storage, size_t cap, size_t *len, const struct cmsghdr *c)
{
    size_t space = CMSG_ALIGN(c->cmsg_len);
    if (space > cap - *len)
        return false;
    memset(storage + *len, 0, space);
    memcpy(storage + *len, c, c->cmsg_len);
    *len += space;
    return true;
}

bool s5a_datagram_controls(const struct s5a_association *a, const struct msghdr *from, size_t size,
                           struct msghdr *to, void *storage, size_t cap)
{
    union {
        struct cmsghdr header;
        uint8_t bytes[CMSG_SPACE(sizeof(uint16_t))];
    } segment = { .header = { CMSG_LEN(sizeof(uint16_t)), IPPROTO_UDP, UDP_SEGMENT } };
    size_t len = 0;
    bool is_said = a->segment != 0 || size != 0;
    if (from->msg_controllen == 0 && !is_said)
        return true;
    memcpy(CMSG_DATA(&segment.header), &(uint16_t){ (uint16_t)size }, sizeof(uint16_t));
    for (struct cmsghdr *c = next(from, NULL); c != NULL; c = next(from, c))
        if (!is_segment(c) && !append(storage, cap, &len, c))
            return false;
    if (is_said && !append(storage, cap, &len, &segment.header))
        return false;
    to->msg_control = len == 0 ? NULL : storage;
    to->msg_controllen = len;
    return true;
}

/* Direct connections that the rules ask for. */
#include "shim/sockets/direct.h"

#include <netdb.h>
#include <stdio.h>

#include "shim/real.h"
#include "shim/result.h"

static int connect_real(int fd, const struct sockaddr *address, socklen_t len)
{
    return (int)s5a_from_libc(S5A_REAL(connect)(fd, address, len));
}

static int connect_name(int fd, const struct s5a_socket_kind *kind,
                        const struct s5a_named_target *named)
{
    struct addrinfo hints = { .ai_family = kind->domain, .ai_socktype = kind->type };
    struct addrinfo *list = NULL;
    char port[8];
    int failed = -EHOSTUNREACH;
    hints.ai_flags = kind->domain == AF_INET6 ? AI_V4MAPPED | AI_ALL : 0;
    snprintf(port, sizeof port, "%u", (unsigned)named->target.port);
    if (S5A_REAL(getaddrinfo)(named->name, port, &hints, &list) != 0)
        return failed;
    for (const struct addrinfo *at = list; at != NULL; at = at->ai_next) {
        failed = connect_real(fd, at->ai_addr, at->ai_addrlen);
        if (failed == 0 || failed == -EINPROGRESS)
            break;
    }
    freeaddrinfo(list);
    return failed;
}

int s5a_direct_connect(int fd, const struct s5a_socket_kind *kind,
                       const struct s5a_named_target *named)
{
    if (named->target.address.type == S5A_ATYP_NAME)
        return connect_name(fd, kind, named);
    return connect_real(fd, &named->as_given.plain, s5a_inet_len(&named->as_given));
}

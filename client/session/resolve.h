/* Where a proxy's endpoint is, as socket addresses. */
#pragma once

#include "client/session/io.h"
#include "client/routes/proxy.h"

enum { S5A_RESOLVED_MAX = 8 };

struct s5a_sockaddr {
    socklen_t len;
    struct sockaddr_storage at;
};

struct s5a_resolved {
    unsigned count;
    struct s5a_sockaddr list[S5A_RESOLVED_MAX];
};

/* IPs and Unix sockets at once, names through io->getaddrinfo (blocks on the system's resolver:
 * the one look-up that is not the program's). 0, or -errno: EHOSTUNREACH for an unknown name,
 * ENAMETOOLONG for a path that sockaddr_un cannot hold. */
S5A_MUST_USE int s5a_resolve(const struct s5a_io *io, const struct s5a_endpoint *endpoint,
                             struct s5a_resolved *out);

/* Where a datagram of the program goes (architecture, sections 7, 8 and 10). */
#pragma once

#include "shim/datagrams/associations.h"

enum s5a_way {
    S5A_WAY_KERNEL,   /* as the program says: direct, local, or for the kernel to refuse */
    S5A_WAY_PROXY,    /* with a header, through `proxy` */
    S5A_WAY_RESOLVER, /* to the resolver of our own */
    S5A_WAY_NAME,     /* past the proxy, to where the name leads */
};

struct s5a_datagram_route {
    enum s5a_way way;
    const struct s5a_config *config;
    const struct s5a_proxy *proxy;
    struct s5a_association association; /* not with KERNEL */
    struct s5a_named_target named;
};

/* Where `fd` sends to `address` (NULL: to whom it is connected). 0; -EACCES with a line in the log
 * where it must not; -ENOBUFS. Cheap for stream sockets without an address. */
int s5a_datagram_route(int fd, const struct sockaddr *address, socklen_t len,
                       struct s5a_datagram_route *out);
/* Does the kernel connect to it? */
bool s5a_datagram_is_direct(const struct s5a_config *config, const struct s5a_target *target);
/* An IPv4 address that an IPv6 socket was given is v4-mapped from then on, as in the kernel. */
void s5a_named_keep_in_family(struct s5a_named_target *named, sa_family_t domain);
/* connect() of a UDP socket. It sends nothing, so it succeeds; but the kernel's socket stays
 * unconnected unless the target is direct, so that nothing can send past the shim. 0 or -errno. */
int s5a_datagram_connect(int fd, const struct s5a_socket_kind *kind,
                         const struct s5a_config *config, const struct s5a_named_target *named);
/* connect() with AF_UNSPEC has dissolved what was. */
void s5a_datagram_disconnected(int fd);

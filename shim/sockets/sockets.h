/* What kind of socket a descriptor is, asked of the kernel. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

struct s5a_socket_kind {
    int domain;
    int type;
    int protocol;
};

/* False where `fd` is no socket. */
bool s5a_socket_kind(int fd, struct s5a_socket_kind *out);
/* TCP, or MPTCP, over IPv4 or IPv6: what a SOCKS proxy can carry as a stream. */
bool s5a_is_stream(const struct s5a_socket_kind *kind);
/* UDP, or UDP-Lite, over IPv4 or IPv6. */
bool s5a_is_datagram(const struct s5a_socket_kind *kind);
/* An integer option; `otherwise` where it cannot be read. */
int s5a_socket_option(int fd, int level, int name, int otherwise);

/* The state of a TCP socket (TCP_CLOSE: not connected, TCP_LISTEN …) in one system call; -errno: not
 * TCP, EOPNOTSUPP where it is a Unix socket. Preserves errno. */
int s5a_tcp_state(int fd);

/* Is the other end of a connected Unix socket, at the time it was made, this user's or root's? Changes errno. */
bool s5a_is_of_friend(int fd);

/* socket() of a program: 0, or -errno for what could send past the proxy: raw and packet sockets
 * (EPERM, as without the privilege), transports that SOCKS cannot carry (EPROTONOSUPPORT), and
 * every domain that is not known to stay on this machine (EAFNOSUPPORT). */
int s5a_socket_permitted(int domain, int type, int protocol);

/* IP socket addresses: what the kernel, the codec and the log each call an endpoint. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "protocol/address.h"

/* AF_INET or AF_INET6; AF_UNSPEC where there is none. */
struct s5ad_sockaddr {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
};

enum { S5AD_SOCKADDR_TEXT_CAP = sizeof "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535" };

/* From an IPV4 or IPV6 address; a v4-mapped one becomes the IPv4 address that it is. */
struct s5ad_sockaddr s5ad_sockaddr_of(const struct s5a_address *address, uint16_t port);
/* The same place, on its link if it is on one, and another port. */
struct s5ad_sockaddr s5ad_sockaddr_at_port(const struct s5ad_sockaddr *at, uint16_t port);
/* From what the kernel gave; the same for v4-mapped ones. Other families: AF_UNSPEC. */
struct s5ad_sockaddr s5ad_sockaddr_from(const struct sockaddr *given);
/* What a socket is connected to; AF_UNSPEC where that is no IP address. */
struct s5ad_sockaddr s5ad_sockaddr_peer(int fd);
/* What a socket is bound to; AF_UNSPEC where that is no IP address. */
struct s5ad_sockaddr s5ad_sockaddr_local(int fd);
socklen_t s5ad_sockaddr_len(const struct s5ad_sockaddr *at);
uint16_t s5ad_sockaddr_port(const struct s5ad_sockaddr *at);
/* The address bytes in network order, 4 or 16 of them as `*len` says; 0 for AF_UNSPEC. */
const uint8_t *s5ad_sockaddr_ip(const struct s5ad_sockaddr *at, size_t *len);
struct s5a_address s5ad_sockaddr_address(const struct s5ad_sockaddr *at);
/* "192.0.2.1:80", "[2001:db8::1]:80", "-" for AF_UNSPEC. Returns `out`. */
const char *s5ad_sockaddr_format(const struct s5ad_sockaddr *at,
                                 char out[static S5AD_SOCKADDR_TEXT_CAP]);
/* Reads that form, port 0 allowed. */
S5A_MUST_USE bool s5ad_sockaddr_parse(struct s5ad_sockaddr *out, const char *text);
/* True where the address is one of this machine's: the kernel would talk to itself. */
S5A_MUST_USE bool s5ad_sockaddr_is_own(const struct s5ad_sockaddr *at);

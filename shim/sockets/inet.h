/* Socket addresses of IPv4 and IPv6, as the kernel has them. Pure. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "protocol/address.h"

/* AF_UNIX: a forwarded one (forward.h), whose number is in the place of the port. */
union s5a_inet {
    sa_family_t family;
    struct sockaddr plain;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* Length of a socket address of the family: of IPv4 or IPv6. */
socklen_t s5a_inet_len(const union s5a_inet *address);
/* The same address and port; what the kernel does not look at is not looked at, nor are scopes. */
bool s5a_inet_equal(const union s5a_inet *a, const union s5a_inet *b);
/* 127.0.0.0/8, v4-mapped too, and ::1. */
bool s5a_inet_is_loopback(const union s5a_inet *address);
/* What it says, v4-mapped as IPv4; NONE of another family. */
struct s5a_address s5a_inet_address(const union s5a_inet *at);
/* One of loopback in the family, without a port. */
void s5a_inet_loopback(union s5a_inet *out, sa_family_t family);
/* The address as sockets of the family know it: v4-mapped on IPv6 ones. False where they cannot. */
bool s5a_inet_from_address(union s5a_inet *out, sa_family_t domain,
                           const struct s5a_address *address, uint16_t port);
/* The same of a socket address; an IPv4 socket knows a v4-mapped one as IPv4. */
bool s5a_inet_in_family(union s5a_inet *out, sa_family_t domain, const union s5a_inet *at);

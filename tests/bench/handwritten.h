/* A SOCKS5 client as a careful person writes it into a program of his own: what the shim is
 * measured against. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>

struct handwritten {
    bool early;   /* the request leaves together with the greeting */
    bool bounded; /* a proxy that does not answer is waited for a minute, not for ever */
};

/* Connects `fd` to `target` through `proxy` without log-in. 0, or -1 with errno. No byte behind the
 * reply is read. */
int handwritten_connect(int fd, const struct sockaddr_in *proxy, const struct sockaddr_in *target,
                        struct handwritten how);

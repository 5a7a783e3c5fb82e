/* From the socket address that a program names to what the proxy is asked for: fake addresses
 * become names again, v4-mapped ones IPv4 (architecture, section 7). */
#pragma once

#include "client/config/config.h"
#include "shim/sockets/peers.h"

/* Caller's storage: the target's text points into `name`, so copy it with s5a_named_copy alone. */
struct s5a_named_target {
    struct s5a_target target;
    union s5a_inet as_given;
    char name[S5A_NAME_MAX + 1];
};

void s5a_named_copy(struct s5a_named_target *to, const struct s5a_named_target *from);
/* True for a whole IPv4 or IPv6 socket address; all else is not for a proxy. */
bool s5a_is_inet(const struct sockaddr *address, socklen_t len);
/* Takes an address that s5a_is_inet. 0; or -EHOSTUNREACH for a fake address that no name has (it
 * must not leave the machine); the target is then the address itself. */
int s5a_target_read(const struct s5a_config *config, const struct sockaddr *address, socklen_t len,
                    struct s5a_named_target *out);
/* Link-local, multicast and broadcast addresses end at this host's links: on the proxy's side they
 * would mean something else, so no proxy is asked for them. */
bool s5a_target_is_link_scoped(const struct s5a_target *target);
/* "host:port" for the log, escaped; cut at `cap`. */
void s5a_target_format(const struct s5a_target *target, char *out, size_t cap);

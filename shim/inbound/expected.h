/* Whom a proxy is told to expect at a listener (RFC 1928, section 4: DST of BIND). Clients of FTP await
 * their server, which they are connected to; who is connected to nobody expects anybody. */
#pragma once

#include "shim/sockets/attempt.h"

/* A connect through a proxy has come to its end: its target is the last. Within a shield (lock.h). */
void s5a_expected_note(const struct s5a_attempt *a);
/* By [inbound] peer: a host, or zeros of the family for anybody; port 0, for peers come from any.
 * `family`: of the listener; AF_UNSPEC: either. Without the lock. */
void s5a_expected_find(const struct s5a_config *config, const struct s5a_proxy *proxy, int family,
                       struct s5a_named_target *out);
/* It is the last, to which the proxy has gone by IPv4, as it has told: not by IPv6, though its name may have
 * both. Without the lock. */
bool s5a_expected_is_by_ipv4(const struct s5a_config *config, const struct s5a_proxy *proxy);
/* Anybody, whatever was set. */
void s5a_expected_anybody(int family, struct s5a_named_target *out);

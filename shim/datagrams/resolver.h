/* The resolver that programs with a resolver of their own meet: datagrams to port 53 are answered
 * here (shim/names/stub.h), and the answer comes to the program's socket as a datagram of whom it has
 * asked (architecture, section 7).
 *
 * It is sent by a socket of the shim's own on loopback, with the header that a relay would put
 * before it: readiness is the kernel's, and the receiving calls know one kind of datagram only. */
#pragma once

#include "shim/datagrams/associations.h"

/* Are datagrams to this target for it? `is_implied`: the target is direct for being this machine's. */
bool s5a_resolver_is_for(const struct s5a_config *config, const struct s5a_target *target);
/* Answers a query that the program sends from `fd` to `named`, at once, or later where a proxy has to be
 * asked. 0, also where it is no query and gets no answer; -errno where no answer can be brought. */
int s5a_resolver_ask(int fd, const struct s5a_association *a, const struct s5a_named_target *named,
                     struct s5a_span query);
/* The socket that answers come from: its port on loopback; family 0 before the first. */
const union s5a_inet *s5a_resolver_address(void);

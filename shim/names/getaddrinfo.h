/* getaddrinfo, answered from the hosts file and the map of names. */
#pragma once

#include <netdb.h>

#include "shim/names/names.h"

/* As getaddrinfo(3); the real freeaddrinfo frees the list. What needs no look-up — no node, a
 * literal, wrong hints — the real function answers, and it builds the lists of all else from a
 * literal, so services, socket types and codes are its own. AI_ADDRCONFIG counts as satisfied:
 * the proxy has the addresses, not this host. */
int s5a_names_getaddrinfo(const struct s5a_names *names, const char *node, const char *service,
                          const struct addrinfo *hints, struct addrinfo **list);

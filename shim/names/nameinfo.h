/* getnameinfo, answered from the hosts file and the map of names. */
#pragma once

#include <netdb.h>

#include "shim/names/names.h"

/* As getnameinfo(3). The real function writes numeric hosts and services, refuses wrong arguments
 * and serves other families. */
int s5a_names_getnameinfo(const struct s5a_names *names, const struct sockaddr *address,
                          socklen_t address_len, char *host, socklen_t host_len, char *service,
                          socklen_t service_len, int flags);

/* The order in which a program should try several addresses of one host (RFC 3484). */
#pragma once

#include "shim/names/names.h"

/* As libc sorts: what has a route before what has none, then by precedence (::1, IPv6, 6to4,
 * IPv4), else as it was. Asks the kernel for routes by connecting UDP sockets; sends nothing. */
void s5a_names_order(struct s5a_names_answer *answer);

/* gethostbyname and its kin, answered from the hosts file and the map of names. */
#pragma once

#include <netdb.h>

#include "shim/names/names.h"

/* Where a caller of the reentrant functions wants the answer. */
struct s5a_hostent_place {
    struct hostent *entry;
    char *bytes;
    size_t len;
    struct hostent **result; /* set to `entry`, or NULL */
    int *error;              /* a value of h_errno, set on failure */
};

/* As gethostbyname2_r(3) and gethostbyaddr_r(3): 0 with a result or with NULL and `*error`,
 * ERANGE (NETDB_INTERNAL) where the answer does not fit, other codes for wrong arguments.
 * errno is set to a result that is not 0, else preserved. */
int s5a_names_hostent_by_name(const struct s5a_names *names, const char *name, int family,
                              const struct s5a_hostent_place *place);
int s5a_names_hostent_by_address(const struct s5a_names *names, const void *address, socklen_t len,
                                 int family, const struct s5a_hostent_place *place);
/* As gethostbyname2(3) and gethostbyaddr(3), h_errno included. The storage is static, and taken in
 * turn: a result lives for S5A_HOSTENT_RING - 1 calls more, of whatever thread. */
enum { S5A_HOSTENT_RING = 8 };
struct hostent *s5a_names_static_by_name(const struct s5a_names *names, const char *name,
                                         int family);
struct hostent *s5a_names_static_by_address(const struct s5a_names *names, const void *address,
                                            socklen_t len, int family);

/* /etc/hosts, read without NSS: nscd's socket and its daemons are never asked. */
#pragma once

#include <netinet/in.h>

#include "protocol/address.h"

struct s5a_hosts_entry {
    struct s5a_address address; /* IPV4 or IPV6 */
    const char *canonical;      /* first name of the line */
    const char *const *aliases; /* NULL-terminated, the other names */
};

/* Called for each matching line in order; return false to stop. Everything is valid only inside. */
typedef bool s5a_hosts_fn(const struct s5a_hosts_entry *entry, void *context);

/* Lines with `name` among their names, without regard to case. False where the file cannot be
 * read. "localhost" and names below it answer 127.0.0.1 and ::1 where no line has them. */
bool s5a_hosts_by_name(const char *file, const char *name, s5a_hosts_fn *fn, void *context);
bool s5a_hosts_by_address(const char *file, const struct s5a_address *address, s5a_hosts_fn *fn,
                          void *context);

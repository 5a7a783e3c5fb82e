/* Unix sockets that clients may reach: "/path" or "@abstract name", each by its exact name. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "protocol/address.h"
#include "server/inifile.h"

/* Zeros: none. */
struct s5ad_unix_list {
    char **names;
    size_t count;
};

void s5ad_unix_list_wipe(struct s5ad_unix_list *list);
/* False and `problem` where it is no such name. */
S5A_MUST_USE bool s5ad_unix_list_add(struct s5ad_unix_list *list, const char *name,
                                     struct s5ad_problem *problem);
/* Of type UNIX or ABSTRACT. `list` NULL: none. */
bool s5ad_unix_list_has(const struct s5ad_unix_list *list, const struct s5a_address *address);

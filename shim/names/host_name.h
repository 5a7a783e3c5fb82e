/* What can be the name of a host. */
#pragma once

#include <stdbool.h>

#include "protocol/address.h"

/* Labels of 1 to 63 letters, digits, '-' and '_', the first one not beginning with '-', as libc
 * demands of what a name server says; and not "192.0.2.1.", which would be an address without its
 * dot. The name has no final dot of its own. */
bool s5a_is_host_name(const char *name);
/* A copy without the final dot of an absolute name; false where it is empty or too long. */
bool s5a_host_name_trim(const char *name, char out[static S5A_NAME_MAX + 1]);

/* The environment of a case. */
#pragma once

#include "tests/preload/lab_server.h"

/* The shim, its configuration, what the case has more; without a server the kernel's run, which has
 * none of it. */
void lab_environment_set(const struct lab_case *one, const struct lab_server *server,
                         const char *directory);

/* What any process that holds the program's end of a pair can read from it: the name of the shim's
 * end, an abstract one that says how a connect ended, or whom the pair stands for a connection with
 * (architecture, section 5). All users of the machine can see it, so there is no name of a host in it.
 *
 * Believed only where no other user can have made it: of a pair (both its ends were made at once, so
 * the program's has no name of its own, as what listen() and accept() make would have) that was made by
 * this user or by root. */
#pragma once

#include <stdbool.h>

#include "shim/sockets/peers.h"

struct s5a_told {
    int error;            /* that the connect failed with; 0: it stands */
    union s5a_inet peer;  /* of the same family … */
    union s5a_inet local; /* … both */
};

/* Names the shim's end, once: a second call changes nothing. False where it could not be. */
bool s5a_told_error(int inner, int error);
bool s5a_told_connected(int inner, const union s5a_inet *peer, const union s5a_inet *local);
/* False where nothing is told. Preserves errno. */
bool s5a_told_find(int outer, struct s5a_told *out);

/* A pump: bytes between two stream sockets, both ways, until both ways have ended; half-closes are passed on. */
#pragma once

#include "protocol/bytes.h"

/* Blocks. `first` goes to `b` before what comes from `a`. At the end both may be closed; where one has
 * broken, `a` is made to be reset by that. Neither is closed. The sockets do not block. */
void s5a_pump(int a, int b, struct s5a_span first);

/* When an association is made again after it has failed or was lost: at once the first times, then later
 * and later, since a proxy may grant associations and end them for ever. */
#pragma once

#include "shim/datagrams/associations.h"

/* ---- under the lock, the slot open ---- */

/* It could not be made, with the errno that the program is told: FAILED, for some time. */
void s5a_again_after_failure(struct s5a_association *own, int error);
/* Its connection has ended: NONE; FAILED where that happens soon again and again. */
void s5a_again_after_loss(struct s5a_association *own);

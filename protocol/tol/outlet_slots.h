/* Places of records in an outlet's buffer, given out one behind the other until all were written.
 * For the outlet alone. */
#pragma once

#include "protocol/tol/outlet.h"

/* Adds an empty slot; false where none fits. */
S5A_MUST_USE bool s5a_tol_slots_add(struct s5a_tol_outlet *o);
/* Whether one would fit. */
bool s5a_tol_slots_can_add(const struct s5a_tol_outlet *o);
/* The empty slot that would take bytes next, made if need be; NULL where none fits. */
struct s5a_tol_slot *s5a_tol_slots_empty(struct s5a_tol_outlet *o);
/* Starts at the front again where nothing is in the buffer. */
void s5a_tol_slots_rewind(struct s5a_tol_outlet *o);
/* Slots with plain bytes. */
unsigned s5a_tol_slots_waiting(const struct s5a_tol_outlet *o);

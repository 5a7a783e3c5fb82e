/* The memory of record layers. For record_layers.c alone; under the lock. */
#pragma once

#include "shim/engine/record_layers.h"

/* Zeroed; NULL: memory is out. */
struct s5a_tol_layer *s5a_record_slot_take(void);
/* Overwrites it. */
void s5a_record_slot_give(struct s5a_tol_layer *layer);

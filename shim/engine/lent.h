/* Buffers that a relay is lent while bytes go through it, so that an idle one costs none (architecture,
 * section 5). Mapped, a few of each kind kept; may be called in any thread, without the lock. */
#pragma once

#include <stdint.h>

enum s5a_lent_kind { S5A_LENT_OUT, S5A_LENT_IN };

/* S5A_TOL_OUT_CAP or S5A_TOL_IN_CAP bytes; NULL: memory is out. */
uint8_t *s5a_lent_take(enum s5a_lent_kind kind);
/* NULL is none. */
void s5a_lent_give(enum s5a_lent_kind kind, uint8_t *buffer);

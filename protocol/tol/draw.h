/* What is drawn by the numbers of a shape (profile, section 4.2). For protocol/tol alone. */
#pragma once

#include "protocol/crypto/random.h"
#include "protocol/tol/shape.h"

/* Bytes of padding for a payload. */
uint32_t s5a_tol_draw_padding(struct s5a_random *random, const struct s5a_tol_shape *shape,
                              size_t payload_len);
/* The most that it may be. */
uint32_t s5a_tol_padding_max(const struct s5a_tol_shape *shape, size_t payload_len);
/* us, within MIN … MAX. */
uint32_t s5a_tol_draw_delay(struct s5a_random *random, const struct s5a_tol_delay *delay);
/* Exponential with this mean; at most 22 times the mean. */
uint64_t s5a_tol_draw_exponential(struct s5a_random *random, uint64_t mean);

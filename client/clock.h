/* The clock of deadlines. */
#pragma once

#include <stdint.h>

/* ms of CLOCK_MONOTONIC. */
uint64_t s5a_now(void);
/* What is left until `deadline`, as poll() takes it: 0 once it has come, never negative. */
int s5a_left(uint64_t deadline, uint64_t now);

/* Literals as spans, for tests. */
#pragma once

#include "protocol/bytes.h"

/* The bytes of a string literal, NULs inside it included, the last one not. */
#define SPAN(literal) ((struct s5a_span){ (const uint8_t *)("" literal), sizeof(literal) - 1 })

/* Texts as spans, for tests. */
#pragma once

#include <string.h>

#include "protocol/bytes.h"

/* The bytes of a string literal, NULs inside it included, the last one not. */
#define SPAN(literal) S5A_SPAN(literal)

/* The same of any string, without its NUL. */
static inline struct s5a_span span(const char *text)
{
    return (struct s5a_span){ (const uint8_t *)text, strlen(text) };
}

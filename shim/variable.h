/* Texts of environment variables. Pure. */
#pragma once

#include <stddef.h>

/* The library's file name, by which it is known in an LD_PRELOAD. */
#define S5A_LIBRARY "libsocks5a-shim.so"

/* The value where `text` is "NAME=value" of that name, else NULL. */
const char *s5a_variable_value(const char *text, const char *name);
/* The first component of an LD_PRELOAD (blanks and colons separate) that is our library, and its
 * length; NULL: none is. */
const char *s5a_preload_find(const char *list, size_t *len);

/* QR codes in a terminal. */
#pragma once

#include <stdbool.h>

#include "protocol/attributes.h"

/* Prints `text` to stdout, two rows of modules a line; false where it is too long. */
S5A_MUST_USE bool s5ad_keygen_print_qr(const char *text);

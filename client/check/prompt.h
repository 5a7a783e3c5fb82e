/* Questions to a person at the terminal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "protocol/attributes.h"

/* Asks on /dev/tty, without echo where `is_secret`, and takes a line without its end. False, and
 * `answer` wiped, where there is no terminal, the line is empty, longer than `cap` less one, or ^C
 * was typed. Wipe `answer`. */
S5A_MUST_USE bool s5a_prompt(const char *question, bool is_secret, char *answer, size_t cap);

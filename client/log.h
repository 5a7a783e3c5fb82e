/* The log: one write(2) per line, to stderr or a file opened for the one line. Never a secret:
 * nothing here takes a struct s5a_secret. Preserves errno, allocates nothing, takes no lock. */
#pragma once

#include <stdbool.h>

#include "protocol/attributes.h"

enum s5a_log_level { S5A_LOG_ERROR, S5A_LOG_WARNING, S5A_LOG_INFO, S5A_LOG_DEBUG };

/* Until this is called: warnings and above, to stderr. `file` is borrowed for good; NULL: stderr. */
void s5a_log_setup(enum s5a_log_level level, const char *file);
bool s5a_log_wanted(enum s5a_log_level level);
/* "socks5a[PID] level: text\n"; control characters of the text are escaped, long lines cut. */
void s5a_log(enum s5a_log_level level, const char *format, ...) S5A_PRINTF(2, 3);

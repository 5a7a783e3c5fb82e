/* Texts from hostile places: checking them, and showing them to people. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "protocol/bytes.h"

/* True for well-formed UTF-8 (RFC 3629, section 4), control characters included. */
bool s5a_text_is_utf8(struct s5a_span text);
/* Appends `text`; everything but printable ASCII, and the backslash, as \xNN. No escape is cut in
 * two: the writer goes bad at the first one that does not fit. */
void s5a_text_escape(struct s5a_writer *w, struct s5a_span text);

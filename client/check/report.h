/* What socks5a-check says on standard output, a line for each thing that it found. */
#pragma once

#include "client/check/probe.h"

/* Configuration and proxy, before anything is dialled. */
void s5a_report_begin(const struct s5a_check *check);
void s5a_report_probe(const struct s5a_check *check, const struct s5a_probe *probe);
void s5a_report_early_bytes(const char *phrase);
/* The last line. True where the proxy works: the target was reached, or, where the user has named
 * none, the request was answered. */
bool s5a_report_result(const struct s5a_check *check, const struct s5a_probe *probe);

/* What the files of the test client of method 81 share. */
#pragma once

#include "protocol/tol/link.h"

/* NULL where it was not given. */
const char *option(const char *name);
bool hurts(const char *how);
void send_all(int fd, const void *bytes, size_t len);
/* Prints "failed WHY", and ends. */
void die(const char *why) __attribute__((noreturn));
/* Carries bytes between descriptor 3 and the proxy until both have ended; `early`: off the wire
 * already. Prints how it ended, and ends. */
void relay(int fd, struct s5a_tol_link *link, struct s5a_span early) __attribute__((noreturn));

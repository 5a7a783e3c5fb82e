/* What becomes of a session of the test client of EAF, once it is logged in. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Carries bytes between the session and another stream until both have ended. */
void bridge(int fd, int other);
/* Sends the session's socket over a Unix socket. */
bool pass(int fd, int to);

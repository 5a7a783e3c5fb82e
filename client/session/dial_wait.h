/* Waiting for a socket. For client/session, and who goes on with its connections. */
#pragma once

#include "client/session/io.h"

/* 1 when the socket shows one of `events` or an error, 0 at the deadline, -errno. Signals do not
 * end it. */
int s5a_dial_wait(const struct s5a_io *io, int fd, short events, uint64_t deadline);

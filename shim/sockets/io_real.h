/* The system calls of client code, bound to libc's own functions: what the shim hands down. */
#pragma once

#include "client/session/io.h"

/* Resolved by the call; the table lives for good. */
const struct s5a_io *s5a_io_real(void);

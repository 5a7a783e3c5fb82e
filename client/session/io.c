/* libc's own functions as a table. */
#include "client/session/io.h"

#include <unistd.h>

const struct s5a_io s5a_io_libc = {
    .socket = socket,
    .connect = connect,
    .send = send,
    .recv = recv,
    .poll = poll,
    .getsockopt = getsockopt,
    .setsockopt = setsockopt,
    .close = close,
    .getaddrinfo = getaddrinfo,
    .freeaddrinfo = freeaddrinfo,
};

/* One buffer in place of more than are scattered to or sent from at once. Mapped: sendmsg() and
 * recvmsg() may be called in a signal handler. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

struct s5a_gathered {
    struct iovec part; /* room for all of the message's bytes, but no more than a datagram has */
    size_t mapped;
};

/* False where memory is out. */
bool s5a_gathered_open(struct s5a_gathered *g, const struct msghdr *message);
/* The first `len` bytes to the message's own buffers. */
void s5a_gathered_scatter(const struct s5a_gathered *g, const struct msghdr *message, size_t len);
void s5a_gathered_close(struct s5a_gathered *g);

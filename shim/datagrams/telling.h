/* Errors behind a sending call, told as the kernel tells of ICMP messages: poll and epoll show an
 * error, sleepers wake, and the next call on the socket fails, once (architecture, section 8).
 *
 * The kernel does it: what was lost is sent once more, to a port of this machine that nobody has,
 * which comes back as "port unreachable". The errno of that is then exchanged for the true one. */
#pragma once

#include "protocol/bytes.h"
#include "shim/datagrams/associations.h"

/* Datagrams that are lost, each behind its length (u32). */
struct s5a_lost {
    struct s5a_span bytes;
    unsigned count; /* 0: an answer that does not come */
};

/* Tells the program of `error`, by whatever number `fd` of its socket, if the kernel would: where the
 * socket is connected, or asks for errors (IP_RECVERR). Under the lock, the slot not open. */
void s5a_tell(int fd, const struct s5a_association *known, int error, const struct s5a_lost *lost);
/* What a call on the socket has failed with (-errno), as the program is told; then it has been told. */
int s5a_told(const struct s5a_association *known, int failed);
/* The call tells of it in another way, or of something newer. */
void s5a_told_otherwise(int fd, const struct s5a_association *known);

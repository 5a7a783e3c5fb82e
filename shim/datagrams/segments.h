/* Segments of what a program sends in one call (UDP_SEGMENT): each is a datagram with a header of its own,
 * and the kernel may take many of them in one message again. */
#pragma once

#include "shim/datagrams/route.h"

enum {
    S5A_SEGMENTS_MAX = 128,  /* of a call */
    S5A_SEGMENTS_PARTS = 32, /* buffers of the program's message */
};

struct s5a_segments {
    const struct msghdr *message; /* of at most S5A_SEGMENTS_PARTS buffers */
    size_t size, len, at;         /* bytes: of each but the last, of all, of those that are sent */
    bool are_apart;               /* the kernel has not taken them together */
};

/* The next segment's part of the program's buffers, into `out`; how many. */
size_t s5a_segments_cut(const struct s5a_segments *s, struct iovec *out);
/* Sends as many of the next ones as a message holds, `header` before each, to the relay of an association
 * that stands. How many bytes of the program's; 0 where they have to be sent one by one; or -errno. */
ssize_t s5a_segments_send(int fd, struct s5a_segments *s, struct s5a_span header,
                          const struct s5a_association *a, int flags);

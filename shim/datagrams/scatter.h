/* A datagram with its header, received into the program's own buffers: a few bytes before them and
 * behind them take the header, and what then lies in the wrong place is moved. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "protocol/udp.h"

enum {
    S5A_SCATTER_PARTS = 32, /* more buffers of the program are not scattered to */
    S5A_SCATTER_HEAD = 22,  /* of a header with an IPv6 address */
    S5A_SCATTER_TAIL = S5A_UDP_HEADER_MAX,
};

struct s5a_scatter {
    size_t head_len; /* as guessed */
    size_t room;     /* of the program */
    size_t count;
    struct iovec list[S5A_SCATTER_PARTS + 2];
    uint8_t head[S5A_SCATTER_HEAD];
    uint8_t tail[S5A_SCATTER_TAIL];
};

/* `head_len`: the header's likely length, at most S5A_SCATTER_HEAD. False where the program has too
 * many buffers. */
bool s5a_scatter_init(struct s5a_scatter *s, const struct iovec *parts, size_t count,
                      size_t head_len);
/* The first bytes of what was received, at most `cap`, of `len` in all; how many. */
size_t s5a_scatter_peek(const struct s5a_scatter *s, size_t len, uint8_t *out, size_t cap);
/* Moves what is behind the first `header` bytes to where the program's buffers begin. How much of
 * it there is room for. */
size_t s5a_scatter_settle(struct s5a_scatter *s, size_t len, size_t header);

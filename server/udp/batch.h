/* Datagrams in batches, so that one system call serves many: room that all associations of a loop share,
 * since each uses it for the length of one callback. */
#pragma once

#include <sys/socket.h>

#include "protocol/udp.h"
#include "server/sockaddr.h"

enum {
    S5AD_BATCH_MAX = 16,
    S5AD_BATCH_HEAD = S5A_UDP_HEADER_MAX + 2, /* before each datagram: header, and LEN in stream */
    S5AD_BATCH_DATA = 65536,                  /* more than the largest */
};

/* One that came. */
struct s5ad_batch_slot {
    struct s5ad_sockaddr from;
    uint8_t *data; /* S5AD_BATCH_HEAD bytes before it may be written */
    size_t len;
};

/* The size of a message's segments. */
struct s5ad_batch_control {
    _Alignas(struct cmsghdr) union {
        struct cmsghdr header;
        uint8_t space[CMSG_SPACE(sizeof(uint16_t))];
    };
};

/* About 1 MiB, of which pages are touched as they are needed. */
struct s5ad_batch {
    struct s5ad_batch_slot slots[S5AD_BATCH_MAX];
    struct mmsghdr in[S5AD_BATCH_MAX], out[S5AD_BATCH_MAX];
    struct iovec in_at[S5AD_BATCH_MAX], out_at[S5AD_BATCH_MAX];
    struct s5ad_sockaddr to[S5AD_BATCH_MAX];
    struct s5ad_batch_control controls[S5AD_BATCH_MAX];
    unsigned out_count;
    int out_fd;
    uint8_t storage[S5AD_BATCH_MAX][S5AD_BATCH_HEAD + S5AD_BATCH_DATA];
};

/* What waits at `fd`, into `slots`; those that were cut have a length over S5AD_BATCH_DATA. How many; 0
 * where there are none, and where an error was reported. */
unsigned s5ad_batch_receive(struct s5ad_batch *batch, int fd);
/* Notes a datagram to be sent to `to`, NULL where `fd` is connected; its bytes stay as they are until the
 * flush, which comes by itself where `fd` changes or the batch is full. */
void s5ad_batch_send(struct s5ad_batch *batch, int fd, struct s5a_span bytes,
                     const struct s5ad_sockaddr *to);
/* Sends what was noted; datagrams of one length to one target, one after the other, in one message, which
 * the kernel (UDP_SEGMENT) or the network card takes apart again. What the kernel does not take now is
 * lost, as datagrams may be. */
void s5ad_batch_flush(struct s5ad_batch *batch);

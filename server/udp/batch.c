/* recvmmsg and sendmmsg. */
#include "server/udp/batch.h"

unsigned s5ad_batch_receive(struct s5ad_batch *batch, int fd)
{
    for (unsigned i = 0; i < S5AD_BATCH_MAX; i++) {
        struct s5ad_batch_slot *slot = &batch->slots[i];
        slot->data = batch->storage[i] + S5AD_BATCH_HEAD;
        batch->in_at[i] = (struct iovec){ slot->data, S5AD_BATCH_DATA };
        batch->in[i].msg_hdr = (struct msghdr){ .msg_name = &slot->from,
                                                .msg_namelen = sizeof slot->from,
                                                .msg_iov = &batch->in_at[i],
                                                .msg_iovlen = 1 };
    }
    int count = recvmmsg(fd, batch->in, S5AD_BATCH_MAX, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++) {
        bool is_cut = batch->in[i].msg_hdr.msg_flags & MSG_TRUNC;
        batch->slots[i].len = is_cut ? S5AD_BATCH_DATA + 1 : batch->in[i].msg_len;
    }
    return count > 0 ? (unsigned)count : 0;
}

void s5ad_batch_send(struct s5ad_batch *batch, int fd, struct s5a_span bytes,
                     const struct s5ad_sockaddr *to)
{
    if (batch->out_count == S5AD_BATCH_MAX || (batch->out_count > 0 && batch->out_fd != fd))
        s5ad_batch_flush(batch);
    unsigned i = batch->out_count++;
    batch->out_fd = fd;
    batch->out_at[i] = (struct iovec){ (void *)(uintptr_t)bytes.at, bytes.len };
    struct msghdr message = { .msg_iov = &batch->out_at[i], .msg_iovlen = 1 };
    if (to) {
        batch->to[i] = *to;
        message.msg_name = &batch->to[i];
        message.msg_namelen = s5ad_sockaddr_len(to);
    }
    batch->out[i].msg_hdr = message;
}

/* sendmmsg stops at one that fails: that one is left out. */
void s5ad_batch_flush(struct s5ad_batch *batch)
{
    unsigned at = 0;
    while (at < batch->out_count) {
        int sent = sendmmsg(batch->out_fd, batch->out + at, batch->out_count - at,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        at += sent > 0 ? (unsigned)sent : 1;
    }
    batch->out_count = 0;
}

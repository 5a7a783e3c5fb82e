/* recvmmsg. */
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

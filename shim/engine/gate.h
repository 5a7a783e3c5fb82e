/* Gates: what a program holds in place of its socket while a connect() is under way (architecture,
 * section 4). One end of a Unix stream pair, filled until it is not writable: poll, select and
 * epoll show nothing, write() and read() say EAGAIN or wait, as with a socket in SYN_SENT. */
#pragma once

#include "shim/sockets/peers.h"

struct s5a_gate {
    int outer; /* for the program */
    int inner; /* the shim's end */
    size_t filler;
    uint64_t cookie; /* of `outer` */
};

/* Both ends CLOEXEC and not blocking. 0, or -errno with nothing left open. */
int s5a_gate_make(struct s5a_gate *gate);
/* Takes what fills it: the outer end is writable, and who sleeps on it wakes. `*filler` becomes 0
 * once all of it is taken; bytes behind it, which the program wrote, stay. */
void s5a_gate_open(int inner, size_t *filler);

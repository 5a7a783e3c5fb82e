/* Descriptors in control messages (unix(7), SCM_RIGHTS). Failures end the case. */
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

/* A message that hands one over; its storage, which does not move. */
struct lab_handing {
    union {
        char room[CMSG_SPACE(sizeof(int))];
        struct cmsghdr head;
    } control;
    struct iovec bytes;
    struct msghdr message;
};

/* `text`, which has to live as long, and `fd` with it. */
void lab_handing_init(struct lab_handing *handing, char *text, int fd);
/* One byte, and `fd` with it; over a Unix socket. */
void lab_send_descriptor(int over, int fd);
/* What lab_send_descriptor has sent there; waits for it. The caller's. */
int lab_take_descriptor(int over);

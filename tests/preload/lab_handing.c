/* Descriptors in control messages. */
#include "tests/preload/lab_handing.h"

#include <string.h>

#include "tests/preload/lab.h"

void lab_handing_init(struct lab_handing *handing, char *text, int fd)
{
    memset(handing, 0, sizeof *handing);
    handing->bytes = (struct iovec){ text, strlen(text) };
    handing->message = (struct msghdr){ .msg_iov = &handing->bytes,
                                        .msg_iovlen = 1,
                                        .msg_control = handing->control.room,
                                        .msg_controllen = sizeof handing->control.room };
    handing->control.head = (struct cmsghdr){ CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS };
    memcpy(CMSG_DATA(&handing->control.head), &fd, sizeof fd);
}

void lab_send_descriptor(int over, int fd)
{
    struct lab_handing handing;
    lab_handing_init(&handing, (char[]){ "x" }, fd);
    CHECK(sendmsg(over, &handing.message, 0) == 1);
}

int lab_take_descriptor(int over)
{
    struct lab_handing handing;
    int fd = -1;
    lab_handing_init(&handing, (char[]){ "x" }, -1);
    CHECK(recvmsg(over, &handing.message, 0) == 1 && CMSG_FIRSTHDR(&handing.message) != NULL);
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&handing.message)), sizeof fd);
    return fd;
}

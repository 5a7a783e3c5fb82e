/* The source of bytes of a stream: TCP names none, pairs in its place name the shim's end. */
#pragma once

#include <sys/socket.h>

/* `result` of a receiving call that may have given an address, of which nothing is left where `fd` is
 * such a pair. NULL is none. Preserves errno. */
ssize_t s5a_unnamed(int fd, ssize_t result, const struct sockaddr *from, socklen_t *len);
ssize_t s5a_unnamed_message(int fd, ssize_t result, struct msghdr *message);
int s5a_unnamed_several(int fd, int result, struct mmsghdr *messages);

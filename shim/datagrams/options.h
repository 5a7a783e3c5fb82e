/* What a UDP socket seems to be, where its kernel socket is not connected and its datagrams have
 * headers. Results as of the calls, or -errno; true where the call is answered here. */
#pragma once

#include "shim/datagrams/associations.h"

bool s5a_datagram_getsockname(int fd, struct sockaddr *address, socklen_t *len, int *result);
/* UDP_SEGMENT and UDP_GRO, which put several datagrams into one call: the former is done here, the
 * latter not at all, which it never has to be. */
bool s5a_datagram_getsockopt(int fd, int level, int name, void *value, socklen_t *len, int *result);
bool s5a_datagram_setsockopt(int fd, int level, int name, const void *value, socklen_t len,
                             int *result);
bool s5a_datagram_shutdown(int fd, int how, int *result);
bool s5a_datagram_ioctl(int fd, unsigned long request, void *argument, int *result);
/* From now on datagrams have headers: the kernel is not to put several into one. */
void s5a_datagram_no_gro(int fd, const struct s5a_association *a);

/* The program's control messages for a call of our own, with segments of `size` bytes in place of the
 * program's; 0: none, and said so where the socket has them set. False where `cap` does not do. */
bool s5a_datagram_controls(const struct s5a_association *a, const struct msghdr *from, size_t size,
                           struct msghdr *to, void *storage, size_t cap);
/* Does one of its control messages set a source route (shim/sockets/detour.h)? */
bool s5a_datagram_is_detour(const struct msghdr *message);
/* The segment size that the call or the socket says; 0: none. */
size_t s5a_datagram_segment(const struct s5a_association *a, const struct msghdr *message);

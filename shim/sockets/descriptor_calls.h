/* The program's calls on descriptors, where some of them are the shim's own or gates (shim/engine).
 * Results as of the calls, or -errno. */
#pragma once

#include <sys/socket.h>

int s5a_close(int fd);
int s5a_close_range(unsigned first, unsigned last, int flags);
int s5a_dup(int fd);
/* dup2() where `flags` is -1, else dup3(). */
int s5a_dup_to(int fd, int to, int flags);
int s5a_fcntl(int fd, int command, void *argument);
int s5a_ioctl(int fd, unsigned long request, void *argument);
int s5a_shutdown(int fd, int how);

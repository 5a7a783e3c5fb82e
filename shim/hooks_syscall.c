/* Exports: syscall(). The numbers of interposed calls go through their functions; io_uring, whose
 * rings the shim cannot see, does not exist (architecture, section 9). */
#include <stdarg.h>
#include <sys/syscall.h>

#include "shim/exported.h"
#include "shim/real.h"
#include "shim/result.h"

enum { ARGUMENTS = 6 };

static long call_descriptor(long number, const long a[static ARGUMENTS])
{
    switch (number) {
    case SYS_read:
        return read((int)a[0], (void *)a[1], (size_t)a[2]);
    case SYS_readv:
        return readv((int)a[0], (const struct iovec *)a[1], (int)a[2]);
    case SYS_write:
        return write((int)a[0], (const void *)a[1], (size_t)a[2]);
    case SYS_writev:
        return writev((int)a[0], (const struct iovec *)a[1], (int)a[2]);
    case SYS_close:
        return close((int)a[0]);
    case SYS_close_range:
        return close_range((unsigned)a[0], (unsigned)a[1], (int)a[2]);
    case SYS_dup:
        return dup((int)a[0]);
    case SYS_dup2:
        return dup2((int)a[0], (int)a[1]);
    case SYS_dup3:
        return dup3((int)a[0], (int)a[1], (int)a[2]);
    case SYS_fcntl:
        return fcntl((int)a[0], (int)a[1], a[2]);
    case SYS_ioctl:
        return ioctl((int)a[0], (unsigned long)a[1], a[2]);
    default:
        return S5A_REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
}

static long call_socket(long number, const long a[static ARGUMENTS])
{
    switch (number) {
    case SYS_socket:
        return socket((int)a[0], (int)a[1], (int)a[2]);
    case SYS_connect:
        return connect((int)a[0], (const struct sockaddr *)a[1], (socklen_t)a[2]);
    case SYS_bind:
        return bind((int)a[0], (const struct sockaddr *)a[1], (socklen_t)a[2]);
    case SYS_listen:
        return listen((int)a[0], (int)a[1]);
    case SYS_accept:
        return accept((int)a[0], (struct sockaddr *)a[1], (socklen_t *)a[2]);
    case SYS_accept4:
        return accept4((int)a[0], (struct sockaddr *)a[1], (socklen_t *)a[2], (int)a[3]);
    case SYS_sendto:
        return sendto((int)a[0], (const void *)a[1], (size_t)a[2], (int)a[3],
                      (const struct sockaddr *)a[4], (socklen_t)a[5]);
    case SYS_sendmsg:
        return sendmsg((int)a[0], (const struct msghdr *)a[1], (int)a[2]);
    case SYS_sendmmsg:
        return sendmmsg((int)a[0], (struct mmsghdr *)a[1], (unsigned)a[2], (int)a[3]);
    case SYS_recvfrom:
        return recvfrom((int)a[0], (void *)a[1], (size_t)a[2], (int)a[3], (struct sockaddr *)a[4],
                        (socklen_t *)a[5]);
    case SYS_recvmsg:
        return recvmsg((int)a[0], (struct msghdr *)a[1], (int)a[2]);
    case SYS_recvmmsg:
        return recvmmsg((int)a[0], (struct mmsghdr *)a[1], (unsigned)a[2], (int)a[3],
                        (struct timespec *)a[4]);
    case SYS_getpeername:
        return getpeername((int)a[0], (struct sockaddr *)a[1], (socklen_t *)a[2]);
    case SYS_getsockname:
        return getsockname((int)a[0], (struct sockaddr *)a[1], (socklen_t *)a[2]);
    case SYS_getsockopt:
        return getsockopt((int)a[0], (int)a[1], (int)a[2], (void *)a[3], (socklen_t *)a[4]);
    case SYS_setsockopt:
        return setsockopt((int)a[0], (int)a[1], (int)a[2], (const void *)a[3], (socklen_t)a[4]);
    case SYS_shutdown:
        return shutdown((int)a[0], (int)a[1]);
    case SYS_epoll_ctl:
        return epoll_ctl((int)a[0], (int)a[1], (int)a[2], (struct epoll_event *)a[3]);
    default:
        return call_descriptor(number, a);
    }
}

static long call(long number, const long a[static ARGUMENTS])
{
    switch (number) {
    case SYS_exit_group:
        _exit((int)a[0]);
    case SYS_execve:
        return execve((const char *)a[0], (char *const *)a[1], (char *const *)a[2]);
    case SYS_execveat:
        return execveat((int)a[0], (const char *)a[1], (char *const *)a[2], (char *const *)a[3],
                        (int)a[4]);
    case SYS_io_uring_setup:
        return s5a_to_libc(-ENOSYS, errno);
    default:
        return call_socket(number, a);
    }
}

S5A_EXPORTED long syscall(long number, ...)
{
    long a[ARGUMENTS];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < ARGUMENTS; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    return call(number, a);
}

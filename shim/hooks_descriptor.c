/* Exports: descriptors, whatever they lead to. */
#include <stdarg.h>

#include "shim/exported.h"
#include "shim/real.h"
#include "shim/result.h"
#include "shim/sockets/descriptor_calls.h"

S5A_EXPORTED int close(int fd)
{
    int before = errno;
    return (int)s5a_to_libc(s5a_close(fd), before);
}

S5A_EXPORTED int close_range(unsigned first, unsigned last, int flags)
{
    int before = errno;
    return (int)s5a_to_libc(s5a_close_range(first, last, flags), before);
}

S5A_EXPORTED void closefrom(int first)
{
    int before = errno;
    (void)s5a_close_range(first < 0 ? 0 : (unsigned)first, ~0u, 0);
    errno = before;
}

S5A_EXPORTED int dup(int fd)
{
    int before = errno;
    return (int)s5a_to_libc(s5a_dup(fd), before);
}

S5A_EXPORTED int dup2(int fd, int to)
{
    int before = errno;
    return (int)s5a_to_libc(s5a_dup_to(fd, to, -1), before);
}

S5A_EXPORTED int dup3(int fd, int to, int flags)
{
    int before = errno;
    return (int)s5a_to_libc(s5a_dup_to(fd, to, flags), before);
}

/* The argument that may follow is an int or a pointer, and travels as either. */
#define ARGUMENT_BEHIND(last, argument)      \
    va_list list;                            \
    va_start(list, last);                    \
    void *argument = va_arg(list, void *);   \
    va_end(list)

S5A_EXPORTED int fcntl(int fd, int command, ...)
{
    int before = errno;
    ARGUMENT_BEHIND(command, argument);
    return (int)s5a_to_libc(s5a_fcntl(fd, command, argument), before);
}

S5A_EXPORTED int fcntl64(int fd, int command, ...)
{
    int before = errno;
    ARGUMENT_BEHIND(command, argument);
    return (int)s5a_to_libc(s5a_fcntl(fd, command, argument), before);
}

S5A_EXPORTED int ioctl(int fd, unsigned long request, ...)
{
    int before = errno;
    ARGUMENT_BEHIND(request, argument);
    return (int)s5a_to_libc(s5a_ioctl(fd, request, argument), before);
}

/* Exports: listeners. */
#include "shim/exported.h"
#include "shim/inbound/inbound.h"
#include "shim/real.h"
#include "shim/result.h"

S5A_EXPORTED int bind(int fd, const struct sockaddr *address, socklen_t len)
{
    int before = errno;
    return (int)s5a_to_libc(s5a_bind(fd, address, len), before);
}

S5A_EXPORTED int listen(int fd, int backlog)
{
    int before = errno;
    return (int)s5a_to_libc(s5a_listen(fd, backlog), before);
}

S5A_EXPORTED int accept(int fd, struct sockaddr *address, socklen_t *len)
{
    int before = errno;
    return (int)s5a_to_libc(s5a_accept(fd, address, len, 0), before);
}

S5A_EXPORTED int accept4(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
    int before = errno;
    return (int)s5a_to_libc(s5a_accept(fd, address, len, flags), before);
}

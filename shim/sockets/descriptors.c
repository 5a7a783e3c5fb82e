/* The open descriptors of the process, asked of the kernel. */
#include "shim/sockets/descriptors.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "shim/real.h"

enum { WITHOUT_PROC_MAX = 65536 };

uint64_t s5a_socket_cookie(int fd)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof cookie;
    if (S5A_REAL(getsockopt)(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) != 0)
        return 0;
    return cookie;
}

/* One buffer of directory entries; false where `fn` stopped. */
static bool each_in(const char *buffer, ssize_t filled, int listing, s5a_descriptor_fn *fn,
                    void *context)
{
    for (ssize_t at = 0; at < filled;) {
        const struct dirent64 *here = (const void *)(buffer + at);
        int fd = here->d_name[0] >= '0' && here->d_name[0] <= '9' ? atoi(here->d_name) : -1;
        if (fd >= 0 && fd != listing && !fn(fd, context))
            return false;
        at += here->d_reclen;
    }
    return true;
}

static void each_number(s5a_descriptor_fn *fn, void *context)
{
    for (int fd = 0; fd < WITHOUT_PROC_MAX; fd++)
        if (S5A_REAL(fcntl)(fd, F_GETFD) >= 0 && !fn(fd, context))
            return;
}

void s5a_descriptors_each(s5a_descriptor_fn *fn, void *context)
{
    int listing = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (listing < 0) {
        each_number(fn, context);
        return;
    }
    _Alignas(struct dirent64) char buffer[2048];
    ssize_t filled;
    while ((filled = getdents64(listing, buffer, sizeof buffer)) > 0)
        if (!each_in(buffer, filled, listing, fn, context))
            break;
    S5A_REAL(close)(listing);
}

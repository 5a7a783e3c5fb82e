/* Sleeping threads: /proc/self/task/TID/syscall holds the number and the arguments of the call that a
 * thread sleeps in, or "running". */
#include "shim/engine/sleepers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim/real.h"

static bool uses_first_argument(long number)
{
    static const long calls[] = { SYS_read,     SYS_readv,    SYS_recvfrom, SYS_recvmsg,
                                  SYS_recvmmsg, SYS_write,    SYS_writev,   SYS_sendto,
                                  SYS_sendmsg,  SYS_sendmmsg, SYS_sendfile, SYS_splice };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i] == number)
            return true;
    return false;
}

/* Is the call that the line tells one on `fd`? */
static bool is_on(const char *line, int fd)
{
    long number;
    unsigned long a[3];
    if (sscanf(line, "%ld %lx %lx %lx", &number, &a[0], &a[1], &a[2]) != 4)
        return strncmp(line, "running", 7) != 0 && sscanf(line, "%ld", &number) != 1;
    return (uses_first_argument(number) && (int)a[0] == fd) ||
           (number == SYS_splice && (int)a[2] == fd);
}

/* A thread that has ended meanwhile sleeps nowhere. */
static bool is_gone(void)
{
    return errno == ENOENT || errno == ESRCH;
}

static bool sleeps(const char *thread, int fd)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/self/task/%.20s/syscall", thread);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return !is_gone();
    ssize_t len = read(file, line, sizeof line - 1);
    bool is_told = len >= 0 || !is_gone();
    S5A_REAL(close)(file);
    line[len > 0 ? len : 0] = '\0';
    return is_told && (len <= 0 || is_on(line, fd));
}

static bool sleeps_in(const char *buffer, ssize_t filled, int fd)
{
    for (ssize_t at = 0; at < filled;) {
        const struct dirent64 *here = (const void *)(buffer + at);
        if (here->d_name[0] != '.' && sleeps(here->d_name, fd))
            return true;
        at += here->d_reclen;
    }
    return false;
}

bool s5a_sleepers_any(int fd)
{
    _Alignas(struct dirent64) char buffer[2048];
    int listing = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool found = listing < 0;
    ssize_t filled;
    while (!found && (filled = getdents64(listing, buffer, sizeof buffer)) > 0)
        found = sleeps_in(buffer, filled, fd);
    if (listing >= 0)
        S5A_REAL(close)(listing);
    return found;
}

/* Disarmed registrations: /proc/self/fdinfo has a line for each, "tfd: N events: HEX data: …". */
#include "shim/engine/oneshot.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "shim/real.h"

/* What the kernel leaves of the mask once the event is out. */
#define DISARMED ((unsigned)(EPOLLONESHOT | EPOLLET | EPOLLWAKEUP | EPOLLEXCLUSIVE))

/* The mask of `fd` in one line; 0: another line. */
static unsigned mask_in(const char *line, int fd)
{
    int number;
    unsigned mask;
    return sscanf(line, "tfd: %d events: %x", &number, &mask) == 2 && number == fd ? mask : 0;
}

/* Line after line; a line never is longer than the buffer. */
static unsigned mask_of(int file, int fd)
{
    char text[4096];
    size_t len = 0;
    ssize_t got;
    while ((got = read(file, text + len, sizeof text - 1 - len)) > 0) {
        char *line = text, *end;
        len += (size_t)got;
        text[len] = '\0';
        for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            unsigned mask = mask_in(line, fd);
            if (mask != 0)
                return mask;
        }
        len = strlen(line);
        memmove(text, line, len);
    }
    return 0;
}

bool s5a_oneshot_has_fired(int set, int fd)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", set);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    unsigned mask = mask_of(file, fd);
    S5A_REAL(close)(file);
    return mask != 0 && (mask & ~DISARMED) == 0;
}

/* What programs do with Unix sockets that are forwarded again and again. */
#include "tests/preload/habit_unix.h"

#include <stddef.h>

socklen_t unix_address(const char *name, struct sockaddr_un *out)
{
    *out = (struct sockaddr_un){ .sun_family = AF_UNIX };
    size_t len = strlen(name);
    CHECK(len < sizeof out->sun_path);
    memcpy(out->sun_path, name, len);
    if (name[0] == '@')
        out->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (name[0] != '@'));
}

int unix_socket(int flags)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | flags, 0);
    CHECK(fd >= 0);
    return fd;
}

int unix_connect(int fd, const char *name)
{
    struct sockaddr_un to;
    socklen_t len = unix_address(name, &to);
    return connect(fd, (struct sockaddr *)&to, len) == 0 ? 0 : errno;
}

int unix_try(const char *name, int flags)
{
    int fd = unix_socket(flags), error = unix_connect(fd, name);
    if (error == 0)
        return fd;
    close(fd);
    return -error;
}

int unix_option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;
    return getsockopt(fd, level, name, &value, &len) == 0 ? value : -errno;
}

void unix_check_peer(int fd, const char *name)
{
    struct sockaddr_un to, is;
    socklen_t want = unix_address(name, &to), len = sizeof is;
    memset(&is, 0, sizeof is);
    CHECK(getpeername(fd, (struct sockaddr *)&is, &len) == 0);
    CHECK(len == want && memcmp(&is, &to, want) == 0);
}

void unix_forward(enum lab_place place)
{
    char line[128];
    snprintf(line, sizeof line, "[forward]\n%s = 198.51.100.%d:80\n", unix_at(place), (int)place);
    lab_add_configuration(line);
}

const char *unix_at(enum lab_place place)
{
    static char name[32];
    snprintf(name, sizeof name, "/run/lab-%d.sock", (int)place);
    return name;
}

int unix_begin(enum lab_place place)
{
    int fd = unix_socket(SOCK_NONBLOCK);
    CHECK(unix_connect(fd, unix_at(place)) == EINPROGRESS);
    return fd;
}

void unix_check_connected(int fd, enum lab_place place)
{
    unix_check_peer(fd, unix_at(place));
    habit_check_echo(fd);
}

void unix_check_connects(int fd, enum lab_place place)
{
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    CHECK(habit_error(fd) == 0);
    unix_check_connected(fd, place);
}

/* What programs that connect without blocking do again and again. */
#include "tests/preload/habit.h"

#include <dirent.h>

static int new_socket(int flags)
{
    int fd = socket(AF_INET, SOCK_STREAM | flags, 0);
    CHECK(fd >= 0);
    return fd;
}

int habit_nonblocking(void)
{
    return new_socket(SOCK_NONBLOCK);
}

int habit_blocking(void)
{
    return new_socket(0);
}

int habit_connect(int fd, enum lab_place place)
{
    struct sockaddr_in to = lab_at(place);
    return connect(fd, (struct sockaddr *)&to, sizeof to) == 0 ? 0 : errno;
}

int habit_begin(enum lab_place place)
{
    int fd = habit_nonblocking();
    CHECK(habit_connect(fd, place) == EINPROGRESS);
    return fd;
}

int habit_error(int fd)
{
    int value = -1;
    socklen_t len = sizeof value;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &len) == 0 && len == sizeof value);
    return value;
}

int habit_poll(int fd, int events, int ms)
{
    struct pollfd one = { .fd = fd, .events = (short)events };
    int count;
    do
        count = poll(&one, 1, ms);
    while (count < 0 && errno == EINTR);
    CHECK(count >= 0 && (count > 0) == (one.revents != 0));
    return one.revents;
}

void habit_wait(int fd)
{
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) != 0);
}

void habit_check_quiet(int fd)
{
    CHECK(habit_poll(fd, POLLIN | POLLOUT | POLLPRI | POLLRDHUP, HABIT_QUIET_MS) == 0);
}

void habit_check_connected(int fd, enum lab_place place)
{
    struct sockaddr_in peer = { 0 }, to = lab_at(place);
    socklen_t len = sizeof peer;
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &len) == 0);
    CHECK(len == sizeof peer && memcmp(&peer, &to, len) == 0);
    habit_check_echo(fd);
}

void habit_check_connects(int fd, enum lab_place place)
{
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    CHECK(habit_error(fd) == 0);
    habit_check_connected(fd, place);
}

void habit_check_echo(int fd)
{
    char back[5];
    size_t have = 0;
    lab_write(fd, "hello", 5);
    while (have < sizeof back) {
        CHECK(habit_poll(fd, POLLIN, HABIT_BOUND_MS) == POLLIN);
        ssize_t len = recv(fd, back + have, sizeof back - have, 0);
        CHECK(len > 0);
        have += (size_t)len;
    }
    CHECK(memcmp(back, "hello", 5) == 0);
}

void habit_check_ends_with(int fd, const char *text)
{
    char got[256];
    size_t have = 0;
    ssize_t len = 1;
    while (len > 0) {
        CHECK((habit_poll(fd, POLLIN, HABIT_BOUND_MS) & POLLIN) != 0);
        len = recv(fd, got + have, sizeof got - have, 0);
        CHECK(len >= 0);
        have += (size_t)len;
    }
    CHECK(have == strlen(text) && memcmp(got, text, have) == 0);
}

void habit_settle(int fd)
{
    const int all = POLLERR | POLLHUP;
    for (int i = 0; i < HABIT_BOUND_MS / 5 && habit_poll(fd, 0, 0) != all; i++)
        lab_pause_ms(5);
    CHECK(habit_poll(fd, 0, 0) == all);
}

void habit_check_fails(int fd, int error)
{
    habit_wait(fd);
    CHECK(habit_error(fd) == error);
    CHECK(habit_error(fd) == 0);
}

int habit_peer_error(int fd)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    return getpeername(fd, (struct sockaddr *)&peer, &len) == 0 ? 0 : errno;
}

static int count_entries(const char *path)
{
    int count = 0;
    DIR *directory = opendir(path);
    CHECK(directory != NULL);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count - 2; /* . and .. */
}

int habit_count_descriptors(void)
{
    return count_entries("/proc/self/fd") - 1; /* the directory itself */
}

int habit_count_threads(void)
{
    return count_entries("/proc/self/task");
}

void habit_check_counts(int descriptors, int threads)
{
    for (int i = 0; i < HABIT_BOUND_MS / 10; i++, lab_pause_ms(10))
        if (habit_count_descriptors() <= descriptors && habit_count_threads() <= threads)
            return;
    CHECK(habit_count_descriptors() <= descriptors);
    CHECK(habit_count_threads() <= threads);
}

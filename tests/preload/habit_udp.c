/* What programs that send datagrams do again and again. */
#include "tests/preload/habit_udp.h"

int udp_socket(int family)
{
    const struct timeval bound = { 5, 0 };
    int fd = socket(family, SOCK_DGRAM, 0);
    if (fd < 0 && family == AF_INET6)
        lab_skip("no IPv6");
    CHECK(fd >= 0);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound) == 0);
    return fd;
}

int udp_connected(enum lab_place place)
{
    int fd = udp_socket(AF_INET);
    struct sockaddr_in to = lab_at(place);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    return fd;
}

void udp_send_to(int fd, enum lab_place place, const char *text)
{
    struct sockaddr_in to = lab_at(place);
    CHECK(sendto(fd, text, strlen(text), 0, (struct sockaddr *)&to, sizeof to) ==
          (ssize_t)strlen(text));
}

void udp_send(int fd, const char *text)
{
    CHECK(send(fd, text, strlen(text), 0) == (ssize_t)strlen(text));
}

void udp_check(int fd, const char *text)
{
    char bytes[2048];
    ssize_t len = recv(fd, bytes, sizeof bytes, 0);
    CHECK(len == (ssize_t)strlen(text));
    CHECK(memcmp(bytes, text, strlen(text)) == 0);
}

void udp_check_from(int fd, enum lab_place place, const char *text)
{
    char bytes[2048];
    struct sockaddr_in from = { 0 }, expected = lab_at(place);
    socklen_t len = sizeof from;
    CHECK(recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len) ==
          (ssize_t)strlen(text));
    CHECK(memcmp(bytes, text, strlen(text)) == 0);
    CHECK(len == sizeof from && memcmp(&from, &expected, sizeof from) == 0);
}

void udp_check_quiet(int fd)
{
    char byte;
    CHECK(habit_poll(fd, POLLIN, HABIT_QUIET_MS) == 0);
    CHECK(recv(fd, &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
}

void udp_wait(int fd)
{
    CHECK(habit_poll(fd, POLLIN, HABIT_BOUND_MS) == POLLIN);
}

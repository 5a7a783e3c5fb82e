/* A program whose proxy is cut off, or has somebody on its way who changes records: what was whole is
 * read, then the connection is reset. Never an end of file, never another byte. */
#include "tests/preload/habit_epoll.h"

/* The first answer is whole; the second one is tampered with. */
static int ask_twice(bool blocks)
{
    int fd = lab_connect("192.0.2.1", 80);
    lab_check_echo(fd);
    CHECK(blocks || fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    lab_write(fd, "again", 5);
    return fd;
}

static void check_again(int fd)
{
    char got[5];
    size_t have = 0;
    while (have < sizeof got) {
        ssize_t len = recv(fd, got + have, sizeof got - have, 0);
        if (len < 0 && errno == EAGAIN) {
            CHECK(habit_poll(fd, POLLIN, HABIT_BOUND_MS) != 0);
            continue;
        }
        CHECK(len > 0);
        have += (size_t)len;
    }
    CHECK(memcmp(got, "again", sizeof got) == 0);
}

static void check_reset(int fd)
{
    char byte;
    CHECK((habit_poll(fd, POLLIN, HABIT_BOUND_MS) & (POLLIN | POLLERR)) != 0);
    CHECK(recv(fd, &byte, 1, 0) == -1 && errno == ECONNRESET);
    CHECK(recv(fd, &byte, 1, 0) == 0);
    CHECK(send(fd, "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
}

static void reset_behind_it(void)
{
    int fd = ask_twice(true);
    check_again(fd);
    check_reset(fd);
}

static void reset_in_place_of_it(void)
{
    check_reset(ask_twice(true));
}

static void nonblocking_reset_behind_it(void)
{
    int fd = ask_twice(false);
    check_again(fd);
    check_reset(fd);
}

static void nonblocking_reset_in_place_of_it(void)
{
    check_reset(ask_twice(false));
}

/* A sleeper wakes up, by epoll too. */
static void blocking_read_is_reset(void)
{
    char byte;
    CHECK(recv(ask_twice(true), &byte, 1, 0) == -1 && errno == ECONNRESET);
}

static void epoll_tells(void)
{
    int set = habit_set(), fd = lab_connect("192.0.2.1", 80);
    lab_check_echo(fd);
    habit_add(set, fd, EPOLLIN | EPOLLET, HABIT_WIDE);
    lab_write(fd, "again", 5);
    habit_check_soon(set, EPOLLIN, HABIT_WIDE);
    check_reset(fd);
}

#define TAMPERED(how, child)                      \
    {                                             \
#child "_" #how, LAB_TAMPERED, how, child \
    }
LAB(TAMPERED(LAB_CUT_BEHIND, reset_behind_it), TAMPERED(LAB_CUT_INSIDE, reset_in_place_of_it),
    TAMPERED(LAB_FORGED, reset_in_place_of_it), TAMPERED(LAB_REPEATED, reset_behind_it),
    TAMPERED(LAB_DROPPED, reset_in_place_of_it),
    TAMPERED(LAB_CUT_BEHIND, nonblocking_reset_behind_it),
    TAMPERED(LAB_FORGED, nonblocking_reset_in_place_of_it),
    TAMPERED(LAB_FORGED, blocking_read_is_reset), TAMPERED(LAB_DROPPED, epoll_tells))

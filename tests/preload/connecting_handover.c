/* A program that hands the socket that it connects to another process. */
#include "tests/preload/habit.h"

#include "tests/preload/lab_handing.h"

enum { CHILD_LIMIT_S = 20 };

static void finish(int fd)
{
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

/* The child was there before the socket. */
static void handed_over(enum lab_place place, bool keeps)
{
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_LIMIT_S);
        int got = lab_take_descriptor(pair[1]);
        CHECK(habit_poll(got, POLLIN | POLLOUT, HABIT_QUIET_MS) == 0);
        lab_answer(place, 0);
        habit_wait(got);
        if (place == AT_SLOW)
            habit_check_echo(got);
        else
            CHECK(habit_error(got) == ECONNREFUSED);
        _exit(0);
    }
    int fd = habit_begin(place);
    lab_send_descriptor(pair[0], fd);
    if (!keeps)
        CHECK(close(fd) == 0);
    lab_check_child(child);
    if (keeps && place == AT_SLOW)
        habit_check_connects(fd, place);
}

static void handed_over_and_kept(void)
{
    handed_over(AT_SLOW, true);
}

static void handed_over_and_closed(void)
{
    handed_over(AT_SLOW, false);
}

static void handed_over_and_refused(void)
{
    handed_over(AT_REFUSING, true);
}

static void handed_over_to_itself(void)
{
    int pair[2], fd = habit_begin(AT_SLOW);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    lab_send_descriptor(pair[0], fd);
    CHECK(close(fd) == 0);
    int got = lab_take_descriptor(pair[1]);
    finish(got);
}

/* Of a length that cannot be, which is the kernel's to refuse. */
static void malformed(size_t len)
{
    struct lab_handing handing;
    int pair[2], fd = habit_begin(AT_SLOW);
    lab_handing_init(&handing, (char[]){ "x" }, fd);
    handing.control.head.cmsg_len = len;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    CHECK(sendmsg(pair[0], &handing.message, 0) == -1 && errno == EINVAL);
    finish(fd);
}

static void malformed_too_short(void)
{
    malformed(sizeof(struct cmsghdr) - 1);
}

static void malformed_too_long(void)
{
    malformed((size_t)1 << 40);
}

LAB(CASE(handed_over_and_kept), CASE(handed_over_and_closed), CASE(handed_over_and_refused),
    CASE(handed_over_to_itself), CASE(malformed_too_short), CASE(malformed_too_long),
    AT_UNIX(handed_over_and_kept))

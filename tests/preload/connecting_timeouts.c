/* A program that bounds its blocking connect by SO_SNDTIMEO: what the time was too short for goes on. */
#include "tests/preload/habit_signals.h"

static void set_send_timeout(int fd, int ms)
{
    const struct timeval time = { ms / 1000, ms % 1000 * 1000 };
    CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time) == 0);
}

static void own_timeout(void)
{
    int fd = habit_blocking();
    set_send_timeout(fd, 100);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    CHECK(habit_connect(fd, AT_SLOW) == EALREADY);
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

static void own_timeout_then_connect(void)
{
    int fd = habit_blocking();
    set_send_timeout(fd, 100);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    set_send_timeout(fd, 10000);
    lab_answer(AT_SLOW, 50);
    CHECK(habit_connect(fd, AT_SLOW) == 0);
    CHECK(habit_connect(fd, AT_SLOW) == EISCONN);
    habit_check_connected(fd, AT_SLOW);
}

static void own_timeout_then_refusal(void)
{
    int fd = habit_blocking();
    set_send_timeout(fd, 50);
    CHECK(habit_connect(fd, AT_REFUSING) == EINPROGRESS);
    lab_answer(AT_REFUSING, 0);
    habit_check_fails(fd, ECONNREFUSED);
}

static void within_own_timeout(void)
{
    int fd = habit_blocking();
    set_send_timeout(fd, 10000);
    lab_answer(AT_SLOW, 50);
    CHECK(habit_connect(fd, AT_SLOW) == 0);
    habit_check_connected(fd, AT_SLOW);
}

/* signal(7): a call with a timeout is not restarted. */
static void own_timeout_is_not_restarted(void)
{
    int fd = habit_blocking();
    set_send_timeout(fd, 20000);
    habit_handle(SIGALRM, habit_count_signal, SA_RESTART);
    habit_set_timer(20);
    CHECK(habit_connect(fd, AT_SLOW) == EINTR);
    habit_set_timer(0);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

#define CASE(name)                 \
    {                              \
#name, LAB_PLACES, 0, name \
    }
#define AT_UNIX(name)                                     \
    {                                                     \
#name "_at_unix_socket", LAB_PLACES_UNIX, 0, name \
    }
LAB(CASE(own_timeout), CASE(own_timeout_then_connect), CASE(own_timeout_then_refusal),
    CASE(within_own_timeout), CASE(own_timeout_is_not_restarted), AT_UNIX(own_timeout))

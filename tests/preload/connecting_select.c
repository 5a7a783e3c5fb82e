/* A program that waits for its connect with select or pselect. */
#include "tests/preload/habit.h"

#include <signal.h>
#include <sys/select.h>

struct sets {
    fd_set in, out, except;
};

static int wait_select(int fd, struct sets *sets, int ms)
{
    struct timeval time = { ms / 1000, ms % 1000 * 1000 };
    FD_ZERO(&sets->in);
    FD_ZERO(&sets->out);
    FD_ZERO(&sets->except);
    FD_SET(fd, &sets->in);
    FD_SET(fd, &sets->out);
    FD_SET(fd, &sets->except);
    return select(fd + 1, &sets->in, &sets->out, &sets->except, &time);
}

static void select_success(void)
{
    struct sets sets;
    int fd = habit_begin(AT_SLOW);
    CHECK(wait_select(fd, &sets, HABIT_QUIET_MS) == 0);
    lab_answer(AT_SLOW, 0);
    CHECK(wait_select(fd, &sets, HABIT_BOUND_MS) == 1);
    CHECK(FD_ISSET(fd, &sets.out) && !FD_ISSET(fd, &sets.in) && !FD_ISSET(fd, &sets.except));
    habit_check_connects(fd, AT_SLOW);
}

/* Readable and writable, as all of Unix has it. */
static void select_refusal(void)
{
    struct sets sets;
    int fd = habit_begin(AT_REFUSING);
    CHECK(wait_select(fd, &sets, HABIT_QUIET_MS) == 0);
    lab_answer(AT_REFUSING, 0);
    CHECK(wait_select(fd, &sets, HABIT_BOUND_MS) == 2);
    CHECK(FD_ISSET(fd, &sets.out) && FD_ISSET(fd, &sets.in) && !FD_ISSET(fd, &sets.except));
    CHECK(habit_error(fd) == ECONNREFUSED);
}

static void with_pselect(void)
{
    const struct timespec quiet = { 0, HABIT_QUIET_MS * 1000000L }, bound = { 10, 0 };
    int fd = habit_begin(AT_SLOW);
    sigset_t none;
    fd_set out;
    sigemptyset(&none);
    FD_ZERO(&out);
    FD_SET(fd, &out);
    CHECK(pselect(fd + 1, NULL, &out, NULL, &quiet, &none) == 0);
    lab_answer(AT_SLOW, 0);
    FD_SET(fd, &out);
    CHECK(pselect(fd + 1, NULL, &out, NULL, &bound, &none) == 1 && FD_ISSET(fd, &out));
    habit_check_connects(fd, AT_SLOW);
}

LAB({ "select_success", LAB_PLACES, 0, select_success },
    { "select_refusal", LAB_PLACES, 0, select_refusal },
    { "with_pselect", LAB_PLACES, 0, with_pselect })

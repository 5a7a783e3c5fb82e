/* Private descriptors: out of the program's way and out of its reach. */
#include "shim/engine/private.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shim/sockets/descriptor_calls.h"

TestSuite(private);

static int some_file(void)
{
    int fd = open("/dev/null", O_RDONLY);
    cr_assert_geq(fd, 0);
    return fd;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static struct rlimit limit(void)
{
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    return limit;
}

static void set_limit(rlim_t soft, rlim_t hard)
{
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ soft, hard }), 0);
}

Test(private, copy_is_high_closed_by_exec_and_known)
{
    int fd = some_file(), copy = s5a_private_copy(fd);
    cr_assert_geq(copy, 1024);
    cr_assert_eq(fcntl(copy, F_GETFD), FD_CLOEXEC);
    cr_assert(s5a_is_private(copy));
    cr_assert_not(s5a_is_private(fd));
    s5a_private_close(copy);
    cr_assert_not(is_open(copy));
    cr_assert_not(s5a_is_private(copy));
}

Test(private, move_closes_what_it_was)
{
    int fd = some_file(), copy = s5a_private_move(fd);
    cr_assert_not(is_open(fd));
    cr_assert(s5a_is_private(copy) && is_open(copy));
    cr_assert_eq(s5a_private_move(-1), -EBADF);
}

/* None of the numbers that the program is allowed is taken, and its limit stays. */
Test(private, copy_is_beyond_the_limit_of_the_program)
{
    struct rlimit before = limit();
    set_limit(64, before.rlim_max);
    int copy = s5a_private_copy(0);
    cr_assert_geq(copy, 64);
    cr_assert_eq(limit().rlim_cur, 64);
}

Test(private, where_the_hard_limit_is_reached_it_takes_what_there_is)
{
    set_limit(64, 64);
    int copy = s5a_private_copy(0), last = 0;
    cr_assert(copy >= 32 && copy < 64);
    for (int fd; (fd = s5a_private_copy(0)) >= 0; last = fd)
        cr_assert(s5a_is_private(fd));
    cr_assert_lt(last, 32);
    cr_assert_eq(s5a_private_copy(0), -EMFILE);
}

Test(private, put_reaches_a_number_beyond_the_limit)
{
    struct rlimit before = limit();
    int number = fcntl(0, F_DUPFD, 500);
    set_limit(64, before.rlim_max);
    int fd = some_file();
    cr_assert_eq(s5a_private_put(fd, number, O_CLOEXEC), number);
    cr_assert_eq(fcntl(number, F_GETFD), FD_CLOEXEC);
    cr_assert_eq(limit().rlim_cur, 64);
}

Test(private, program_cannot_close_or_replace_it)
{
    int copy = s5a_private_copy(0);
    cr_assert_eq(s5a_close(copy), -EBADF);
    cr_assert_eq(s5a_dup_to(0, copy, -1), -EBUSY);
    cr_assert(is_open(copy));
}

Test(private, ranges_are_closed_around_it)
{
    int low = fcntl(0, F_DUPFD, 1023), first = s5a_private_copy(0), between = first + 1;
    cr_assert_eq(dup2(0, between), between);
    int second = s5a_private_copy(0), high = second + 200;
    cr_assert_eq(dup2(0, high), high);
    cr_assert_eq(s5a_close_range((unsigned)low, ~0u, 0), 0);
    cr_assert(is_open(first) && is_open(second));
    cr_assert_not(is_open(low) || is_open(between) || is_open(high));
    cr_assert_eq(s5a_close_range(9, 8, 0), -EINVAL);
    cr_assert_eq(s5a_close_range((unsigned)first, (unsigned)first, 0), 0);
    cr_assert(is_open(first));
}

Test(private, forgetting_closes_all)
{
    int first = s5a_private_copy(0), second = s5a_private_copy(0);
    s5a_private_forget();
    cr_assert_not(is_open(first) || is_open(second));
    cr_assert_not(s5a_is_private(first));
    cr_assert(is_open(0));
}

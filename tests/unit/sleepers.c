/* Threads that sleep on a descriptor. */
#include "shim/engine/sleepers.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/clock.h"

TestSuite(sleepers);

static int ends[2];

static void *sleep_in_recv(void *unused)
{
    char byte;
    (void)!recv(ends[0], &byte, 1, 0);
    return unused;
}

static void *sleep_in_splice(void *unused)
{
    int pipes[2];
    cr_assert_eq(pipe2(pipes, O_CLOEXEC), 0);
    (void)!splice(ends[0], NULL, pipes[1], NULL, 1, 0);
    return unused;
}

static void *sleep_in_poll(void *unused)
{
    struct pollfd one = { .fd = ends[0], .events = POLLIN };
    (void)poll(&one, 1, -1);
    return unused;
}

static bool comes_to_sleep(int fd)
{
    uint64_t end = s5a_now() + 10000;
    while (!s5a_sleepers_any(fd) && s5a_now() < end)
        poll(NULL, 0, 1);
    return s5a_sleepers_any(fd);
}

static void is_found(void *(*sleeper)(void *))
{
    pthread_t thread;
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    cr_assert_not(s5a_sleepers_any(ends[0]));
    cr_assert_eq(pthread_create(&thread, NULL, sleeper, NULL), 0);
    cr_assert(comes_to_sleep(ends[0]));
    cr_assert_not(s5a_sleepers_any(ends[1]));
    cr_assert_eq(write(ends[1], "x", 1), 1);
    pthread_join(thread, NULL);
    cr_assert_not(s5a_sleepers_any(ends[0]));
}

Test(sleepers, reader_is_found_while_it_sleeps)
{
    is_found(sleep_in_recv);
    is_found(sleep_in_splice);
}

Test(sleepers, who_polls_is_none)
{
    pthread_t thread;
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    cr_assert_eq(pthread_create(&thread, NULL, sleep_in_poll, NULL), 0);
    cr_assert_not(s5a_sleepers_any(ends[0]));
    cr_assert_eq(write(ends[1], "x", 1), 1);
    pthread_join(thread, NULL);
}

static atomic_bool is_over;

static void *leave(void *unused)
{
    return unused;
}

static void *come_and_go(void *unused)
{
    while (!is_over) {
        pthread_t thread;
        cr_assert_eq(pthread_create(&thread, NULL, leave, NULL), 0);
        pthread_join(thread, NULL);
    }
    return unused;
}

Test(sleepers, threads_that_end_meanwhile_are_none)
{
    pthread_t thread;
    bool found = false;
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    cr_assert_eq(pthread_create(&thread, NULL, come_and_go, NULL), 0);
    for (int i = 0; i < 2000; i++)
        found = found || s5a_sleepers_any(ends[0]);
    is_over = true;
    pthread_join(thread, NULL);
    cr_assert_not(found);
}

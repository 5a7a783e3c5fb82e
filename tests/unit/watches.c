/* Registrations with epoll, and duplicates, over an exchange of descriptions. */
#include "shim/engine/watches.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim/engine/oneshot.h"
#include "shim/engine/swap.h"
#include "shim/lock.h"
#include "shim/sockets/descriptors.h"

TestSuite(watches);

/* One that can be written to. */
static int other_description(void)
{
    int ends[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    return ends[0];
}

static int tcp_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    cr_assert_geq(fd, 0);
    return fd;
}

static unsigned exchange(int fd, int with, bool settled)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    uint64_t cookie = s5a_socket_cookie(fd);
    unsigned done = settled ? s5a_swap_out(fd, cookie, with, true) : s5a_swap_in(fd, cookie, with);
    s5a_unlock(&locked);
    return done;
}

static int control(int set, int op, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = { .events = events, .data.u64 = data };
    return s5a_watches_control(set, op, fd, &event);
}

static uint64_t seen(int set, uint32_t events)
{
    struct epoll_event event = { 0 };
    if (epoll_wait(set, &event, 1, 0) != 1)
        return 0;
    cr_assert_eq(event.events, events);
    return event.data.u64;
}

static int set_with(int fd, uint32_t events, uint64_t data)
{
    int set = epoll_create1(EPOLL_CLOEXEC);
    cr_assert_eq(control(set, EPOLL_CTL_ADD, fd, events, data), 0);
    return set;
}

Test(watches, registration_follows_the_number_with_its_data)
{
    int fd = tcp_socket();
    int set = set_with(fd, EPOLLOUT | EPOLLET, 42), second = set_with(fd, EPOLLOUT, 43);
    while (seen(set, EPOLLOUT | EPOLLHUP) != 0) /* what an unconnected socket shows */
        continue;
    cr_assert_eq(exchange(fd, other_description(), false), 1);
    cr_assert_eq(seen(set, EPOLLOUT), 42);
    cr_assert_eq(seen(set, 0), 0);
    cr_assert_eq(seen(second, EPOLLOUT), 43);
}

Test(watches, modified_one_follows_as_it_was_modified)
{
    int fd = tcp_socket(), set = set_with(fd, EPOLLOUT, 1);
    cr_assert_eq(control(set, EPOLL_CTL_MOD, fd, EPOLLOUT, 2), 0);
    exchange(fd, other_description(), false);
    cr_assert_eq(seen(set, EPOLLOUT), 2);
}

Test(watches, removed_one_does_not_come_back)
{
    int fd = tcp_socket(), set = set_with(fd, EPOLLOUT, 1);
    cr_assert_eq(control(set, EPOLL_CTL_DEL, fd, 0, 0), 0);
    exchange(fd, other_description(), false);
    cr_assert_eq(seen(set, 0), 0);
}

Test(watches, one_shot_that_fired_stays_disarmed_until_it_is_armed)
{
    int fd = tcp_socket(), set = set_with(fd, EPOLLOUT | EPOLLONESHOT, 7);
    cr_assert_not(s5a_oneshot_has_fired(set, fd));
    cr_assert_eq(seen(set, EPOLLOUT | EPOLLHUP), 7);
    cr_assert(s5a_oneshot_has_fired(set, fd));
    exchange(fd, other_description(), false);
    cr_assert_eq(seen(set, 0), 0);
    cr_assert_eq(control(set, EPOLL_CTL_MOD, fd, EPOLLOUT | EPOLLONESHOT, 8), 0);
    cr_assert_eq(seen(set, EPOLLOUT), 8);
}

Test(watches, one_shot_that_did_not_fire_fires)
{
    int fd = tcp_socket(), set = set_with(fd, EPOLLOUT | EPOLLONESHOT, 7);
    exchange(fd, other_description(), true);
    cr_assert_eq(seen(set, EPOLLOUT), 7);
    cr_assert_eq(seen(set, 0), 0);
}

Test(watches, disarmed_one_can_be_removed)
{
    int fd = tcp_socket(), set = set_with(fd, EPOLLOUT | EPOLLONESHOT, 7);
    cr_assert_eq(seen(set, EPOLLOUT | EPOLLHUP), 7);
    exchange(fd, other_description(), true);
    cr_assert_eq(control(set, EPOLL_CTL_DEL, fd, 0, 0), 0);
    cr_assert_eq(control(set, EPOLL_CTL_DEL, fd, 0, 0), -ENOENT);
}

Test(watches, settled_one_is_not_followed_any_more)
{
    int fd = tcp_socket(), set = set_with(fd, EPOLLOUT, 7);
    exchange(fd, other_description(), true);
    cr_assert_eq(seen(set, EPOLLOUT), 7);
    exchange(fd, other_description(), false);
    cr_assert_eq(control(set, EPOLL_CTL_DEL, fd, 0, 0), -ENOENT); /* so the kernel */
}

Test(watches, errors_are_the_kernels)
{
    int fd = tcp_socket(), set = set_with(fd, EPOLLOUT, 1);
    cr_assert_eq(control(set, EPOLL_CTL_ADD, fd, EPOLLOUT, 1), -EEXIST);
    cr_assert_eq(control(set, EPOLL_CTL_MOD, set, EPOLLOUT, 1), -EINVAL);
    cr_assert_eq(control(set, EPOLL_CTL_DEL, 0, 0, 0), -ENOENT);
    cr_assert_eq(control(set, EPOLL_CTL_ADD, -1, EPOLLOUT, 1), -EBADF);
    cr_assert_eq(control(-1, EPOLL_CTL_ADD, fd, EPOLLOUT, 1), -EBADF);
}

/* ---- duplicates, and swaps ---- */

Test(watches, exchange_keeps_each_numbers_cloexec)
{
    int fd = tcp_socket(), plain = other_description();
    exchange(fd, plain, false);
    cr_assert_eq(fcntl(fd, F_GETFD), 0);
    cr_assert_eq(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
    exchange(fd, tcp_socket(), false);
    cr_assert_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

Test(watches, number_that_leads_elsewhere_by_now_is_left_alone)
{
    int fd = tcp_socket(), elsewhere = tcp_socket();
    struct s5a_locked locked;
    s5a_lock(&locked);
    cr_assert_eq(s5a_swap_out(elsewhere, s5a_socket_cookie(fd), other_description(), true), 0);
    s5a_unlock(&locked);
}

Test(watches, duplicate_that_is_known_is_exchanged_too)
{
    int fd = tcp_socket(), twin = dup(fd), with = other_description();
    struct s5a_locked locked;
    s5a_lock(&locked);
    s5a_watches_doubled(twin);
    cr_assert(s5a_watches_is_doubled(s5a_socket_cookie(fd)));
    s5a_unlock(&locked);
    int set = set_with(twin, EPOLLOUT, 5);
    cr_assert_eq(exchange(fd, with, true), 2);
    cr_assert_eq(s5a_socket_cookie(twin), s5a_socket_cookie(with));
    cr_assert_eq(seen(set, EPOLLOUT), 5);
    cr_assert_eq(exchange(fd, tcp_socket(), true), 1);
}

Test(watches, dead_ones_make_room_and_too_many_are_all_taken_for_doubled)
{
    int living[80];
    struct s5a_locked locked;
    s5a_lock(&locked);
    for (int i = 0; i < 200; i++) {
        int fd = tcp_socket();
        s5a_watches_doubled(fd);
        close(fd);
    }
    cr_assert_not(s5a_watches_is_doubled(1));
    for (int i = 0; i < 80; i++) {
        living[i] = tcp_socket();
        s5a_watches_doubled(living[i]);
    }
    for (int i = 0; i < 80; i++)
        cr_assert(s5a_watches_is_doubled(s5a_socket_cookie(living[i])));
    s5a_unlock(&locked);
}

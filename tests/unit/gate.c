/* Gates: shut until they are opened. */
#include "shim/engine/gate.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim/sockets/descriptors.h"

TestSuite(gate);

static short shows(int fd)
{
    struct pollfd one = { .fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP };
    return poll(&one, 1, 0) == 1 ? one.revents : 0;
}

static struct s5a_gate made(void)
{
    struct s5a_gate gate;
    cr_assert_eq(s5a_gate_make(&gate), 0);
    return gate;
}

Test(gate, fresh_one_shows_nothing_and_takes_nothing)
{
    struct s5a_gate gate = made();
    cr_assert_eq(shows(gate.outer), 0);
    cr_assert_eq(send(gate.outer, "x", 1, MSG_NOSIGNAL), -1);
    cr_assert_eq(errno, EAGAIN);
    cr_assert_eq(recv(gate.outer, &(char){ 0 }, 1, 0), -1);
    cr_assert_eq(errno, EAGAIN);
    cr_assert_eq(gate.cookie, s5a_socket_cookie(gate.outer));
    cr_assert_eq(fcntl(gate.outer, F_GETFD) & fcntl(gate.inner, F_GETFD), FD_CLOEXEC);
}

Test(gate, opened_one_is_writable_and_keeps_what_was_written_behind)
{
    struct s5a_gate gate = made();
    char byte = 0;
    int room = 1 << 20;
    cr_assert_eq(setsockopt(gate.outer, SOL_SOCKET, SO_SNDBUF, &room, sizeof room), 0);
    cr_assert_eq(send(gate.outer, "x", 1, MSG_NOSIGNAL), 1);
    s5a_gate_open(gate.inner, &gate.filler);
    cr_assert_eq(gate.filler, 0);
    cr_assert_eq(shows(gate.outer), POLLOUT);
    cr_assert_eq(recv(gate.inner, &byte, 1, MSG_DONTWAIT), 1);
    cr_assert_eq(byte, 'x');
}

Test(gate, nothing_is_left_open_where_it_cannot_be_made)
{
    struct s5a_gate gate;
    struct rlimit before, bounded;
    int lowest = dup(0);
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    close(lowest);
    bounded = (struct rlimit){ (rlim_t)lowest + 1, before.rlim_max };
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &bounded), 0);
    int failed = s5a_gate_make(&gate);
    int again = dup(0);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    cr_assert_eq(failed, -EMFILE);
    cr_assert_eq(again, lowest);
}

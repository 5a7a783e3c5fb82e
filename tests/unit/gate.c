/* Gates: shut until they are opened, and what is told through them. */
#include "shim/engine/gate.h"

#include <arpa/inet.h>
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

Test(gate, error_is_told_to_who_holds_it_even_when_it_hangs_up)
{
    struct s5a_gate gate = made();
    cr_assert_eq(s5a_gate_told_error(gate.outer), 0);
    s5a_gate_name_error(gate.inner, EHOSTUNREACH);
    close(gate.inner);
    cr_assert_eq(s5a_gate_told_error(gate.outer), EHOSTUNREACH);
}

Test(gate, peer_of_either_family_is_told)
{
    struct s5a_gate four = made(), six = made();
    union s5a_inet told, v4 = { .v4 = { .sin_family = AF_INET, .sin_port = htons(80) } };
    union s5a_inet v6 = { .v6 = { .sin6_family = AF_INET6, .sin6_port = htons(443) } };
    v4.v4.sin_addr.s_addr = htonl(0xc0000201);
    v6.v6.sin6_addr.s6_addr[15] = 9;
    cr_assert_not(s5a_gate_told_peer(four.outer, &told));
    s5a_gate_name_peer(four.inner, &v4);
    s5a_gate_name_peer(six.inner, &v6);
    cr_assert(s5a_gate_told_peer(four.outer, &told));
    cr_assert_arr_eq(&told.v4, &v4.v4, sizeof v4.v4);
    cr_assert(s5a_gate_told_peer(six.outer, &told));
    cr_assert_arr_eq(&told.v6, &v6.v6, sizeof v6.v6);
    cr_assert_eq(s5a_gate_told_error(six.outer), 0);
}

Test(gate, other_sockets_tell_nothing)
{
    union s5a_inet told;
    int ends[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    cr_assert_eq(s5a_gate_told_error(ends[0]), 0);
    cr_assert_not(s5a_gate_told_peer(ends[0], &told));
    cr_assert_not(s5a_gate_told_peer(0, &told));
}

/* Sockets that show a failure, and threads that sleep on one. */
#include "shim/engine/park.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim/sockets/attempt.h"
#include "shim/sockets/sockets.h"

TestSuite(park);

static short shows(int fd)
{
    struct pollfd one = { .fd = fd, .events = POLLIN | POLLOUT };
    return poll(&one, 1, 0) == 1 ? one.revents : 0;
}

static int error_of(int fd)
{
    return s5a_socket_option(fd, SOL_SOCKET, SO_ERROR, -1);
}

static int tcp_socket(int family)
{
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    cr_assert_geq(fd, 0);
    return fd;
}

static void parks(int fd, bool is_mapped)
{
    cr_assert(s5a_park(fd, is_mapped));
    cr_assert_eq(shows(fd), POLLIN | POLLOUT | POLLERR | POLLHUP);
    cr_assert_eq(error_of(fd), ECONNREFUSED);
    cr_assert_eq(error_of(fd), 0);
    cr_assert_eq(shows(fd) & POLLERR, 0);
    s5a_dissolve(fd);
    cr_assert(s5a_park(fd, is_mapped)); /* again */
    close(fd);
}

Test(park, socket_shows_a_refusal_once)
{
    parks(tcp_socket(AF_INET), false);
    parks(tcp_socket(AF_INET6), true);
}

Test(park, first_read_tells_the_refusal)
{
    int fd = tcp_socket(AF_INET);
    cr_assert(s5a_park(fd, false));
    cr_assert_eq(recv(fd, &(char){ 0 }, 1, 0), -1);
    cr_assert_eq(errno, ECONNREFUSED);
}

Test(park, what_cannot_be_parked_is_as_it_was)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0); /* blocks: the refusal comes from connect() */
    cr_assert_not(s5a_park(fd, false));
    cr_assert_eq(error_of(fd), 0);
    cr_assert_eq(shows(fd), POLLOUT | POLLHUP);
}

Test(park, reset_shows_a_connection_cut)
{
    int fd = tcp_socket(AF_INET);
    s5a_park_reset(fd, false);
    cr_assert_neq(shows(fd) & POLLERR, 0);
    cr_assert_eq(error_of(fd), ECONNRESET);
    close(fd);
}

/* Connecting to listeners on loopback: deadlines, time-outs, signals, what stays as it was. */
#include "client/session/dial.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/dial_lab.h"

struct listener {
    int fd;
    struct s5a_sockaddr at;
};

static void listen_at(struct listener *l, int backlog)
{
    struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(l->fd, (struct sockaddr *)&sin, sizeof sin), 0);
    cr_assert_eq(listen(l->fd, backlog), 0);
    l->at.len = sizeof l->at.at;
    cr_assert_eq(getsockname(l->fd, (struct sockaddr *)&l->at.at, &l->at.len), 0);
}

/* A listener whose backlog is full: the next connect() waits for ever. */
static void listen_full(struct listener *l, int fill[static 8])
{
    listen_at(l, 0);
    for (int i = 0; i < 8; i++) {
        fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(fill[i], (struct sockaddr *)&l->at.at, l->at.len);
    }
}

static int new_socket(int flags)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    cr_assert_geq(fd, 0);
    return fd;
}

static void set_send_timeout(int fd, long ms)
{
    struct timeval timeout = { ms / 1000, ms % 1000 * 1000 };
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout), 0);
}

static long send_timeout(int fd)
{
    struct timeval timeout;
    socklen_t len = sizeof timeout;
    cr_assert_eq(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, &len), 0);
    return timeout.tv_sec * 1000 + timeout.tv_usec / 1000;
}

static int dial(int fd, const struct listener *l, uint64_t ms)
{
    return s5a_dial_connect(&s5a_io_libc, fd, &l->at, s5a_now() + ms);
}

static bool is_connected(int fd)
{
    struct sockaddr_in sin;
    socklen_t len = sizeof sin;
    return getpeername(fd, (struct sockaddr *)&sin, &len) == 0;
}

static void connects_with(int flags)
{
    struct listener l;
    listen_at(&l, 8);
    int fd = new_socket(flags);
    int before = fcntl(fd, F_GETFL);
    cr_assert_eq(dial(fd, &l, LONG), 0);
    cr_assert(is_connected(fd));
    cr_assert_eq(fcntl(fd, F_GETFL), before);
    cr_assert_eq(send_timeout(fd), 0);
    /* as the kernel leaves it: no second success */
    cr_assert_eq(connect(fd, (struct sockaddr *)&l.at.at, l.at.len), -1);
    cr_assert_eq(errno, EISCONN);
    close(fd);
    close(l.fd);
}

Test(dial_connect, blocking_socket_connects_and_keeps_its_flags)
{
    connects_with(0);
}

Test(dial_connect, nonblocking_socket_connects_and_keeps_its_flags)
{
    connects_with(SOCK_NONBLOCK);
}

static void is_refused_with(int flags)
{
    struct listener l;
    listen_at(&l, 1);
    close(l.fd);
    int fd = new_socket(flags);
    cr_assert_eq(dial(fd, &l, LONG), -ECONNREFUSED);
    cr_assert_eq(send_timeout(fd), 0);
    close(fd);
}

Test(dial_connect, refusal_is_the_kernels_own)
{
    is_refused_with(0);
    is_refused_with(SOCK_NONBLOCK);
}

static void times_out_with(int flags, long own, uint64_t deadline, uint64_t expected)
{
    struct listener l;
    int fill[8];
    listen_full(&l, fill);
    int fd = new_socket(flags);
    set_send_timeout(fd, own);
    uint64_t start = s5a_now();
    cr_assert_eq(dial(fd, &l, deadline), -ETIMEDOUT);
    uint64_t took = s5a_now() - start;
    cr_assert_geq(took + 1, expected);
    cr_assert_lt(took, expected + 5000);
    cr_assert_eq(send_timeout(fd), own);
    close(fd);
    for (int i = 0; i < 8; i++)
        close(fill[i]);
    close(l.fd);
}

Test(dial_connect, blocking_connect_ends_at_the_deadline)
{
    times_out_with(0, 0, SHORT, SHORT);
}

Test(dial_connect, blocking_connect_ends_at_the_deadline_before_the_programs_own)
{
    times_out_with(0, LONG, SHORT, SHORT);
}

Test(dial_connect, blocking_connect_ends_at_the_programs_own_timeout_before_the_deadline)
{
    times_out_with(0, SHORT, LONG, SHORT);
}

Test(dial_connect, nonblocking_connect_ends_at_the_deadline)
{
    times_out_with(SOCK_NONBLOCK, 0, SHORT, SHORT);
}

Test(dial_connect, nonblocking_connect_does_not_mind_a_send_timeout)
{
    times_out_with(SOCK_NONBLOCK, SHORT, SHORT * 3, SHORT * 3);
}

Test(dial_connect, errors_true_before_anything_is_sent_are_returned_as_they_are)
{
    struct listener l;
    listen_at(&l, 8);
    int fd = new_socket(0);
    cr_assert_eq(dial(fd, &l, LONG), 0);
    cr_assert_eq(dial(fd, &l, LONG), -EISCONN);
    close(fd);
    cr_assert_eq(dial(fd, &l, LONG), -EBADF);
    int file = open("/dev/null", O_RDWR | O_CLOEXEC);
    cr_assert_eq(dial(file, &l, LONG), -ENOTSOCK);
    close(file);
    close(l.fd);
}

Test(dial_connect, deadline_in_the_past_does_not_connect)
{
    struct listener l;
    listen_at(&l, 8);
    int fd = new_socket(0);
    cr_assert_eq(s5a_dial_connect(&s5a_io_libc, fd, &l.at, s5a_now()), -ETIMEDOUT);
    cr_assert_not(is_connected(fd));
    close(fd);
    close(l.fd);
}

static void listen_unix(struct listener *l, int backlog)
{
    struct sockaddr_un sun = { .sun_family = AF_UNIX };
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(l->fd, (struct sockaddr *)&sun, sizeof sun.sun_family), 0);
    cr_assert_eq(listen(l->fd, backlog), 0);
    l->at.len = sizeof l->at.at;
    cr_assert_eq(getsockname(l->fd, (struct sockaddr *)&l->at.at, &l->at.len), 0);
}

Test(dial_connect, unix_socket_connects_and_times_out_where_the_backlog_is_full)
{
    struct listener l;
    listen_unix(&l, 0);
    int first = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int second = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(dial(first, &l, LONG), 0);
    cr_assert_eq(dial(second, &l, SHORT), -ETIMEDOUT);
    cr_assert_eq(send_timeout(second), 0);
    close(first);
    close(second);
    close(l.fd);
}

/* ---- signals ---- */

static void storm_over_timeouts(int flags)
{
    lab_storm(true, flags);
    times_out_with(0, 0, SHORT, SHORT);
    times_out_with(0, SHORT, LONG, SHORT);
    times_out_with(SOCK_NONBLOCK, 0, SHORT, SHORT);
    cr_assert_gt(lab_alarms, 2);
    lab_storm(false, flags);
}

Test(dial_connect, signals_do_not_end_or_prolong_a_connect)
{
    storm_over_timeouts(0);
    storm_over_timeouts(SA_RESTART);
}

/* Until the listener is shut down. */
static void *accept_late(void *context)
{
    struct listener *l = context;
    lab_block_alarms();
    poll(NULL, 0, SHORT);
    for (int fd; (fd = accept(l->fd, NULL, NULL)) >= 0;)
        close(fd);
    return NULL;
}

static void storm_over_late_accept(struct listener *l, int family, int flags)
{
    pthread_t thread;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(pthread_create(&thread, NULL, accept_late, l), 0);
    lab_storm(true, flags);
    cr_assert_eq(dial(fd, l, LONG), 0);
    lab_storm(false, flags);
    cr_assert_gt(lab_alarms, 2);
    cr_assert_eq(send_timeout(fd), 0);
    close(fd);
    shutdown(l->fd, SHUT_RDWR);
    pthread_join(thread, NULL);
}

Test(dial_connect, signals_while_it_waits_for_a_unix_backlog_do_not_end_it)
{
    struct listener l;
    listen_unix(&l, 0);
    int first = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(dial(first, &l, LONG), 0);
    storm_over_late_accept(&l, AF_UNIX, 0);
    close(first);
    close(l.fd);
}

Test(dial_connect, signals_while_it_waits_for_a_late_handshake_do_not_end_it)
{
    struct listener l;
    int fill[8];
    listen_full(&l, fill);
    storm_over_late_accept(&l, AF_INET, SA_RESTART);
    for (int i = 0; i < 8; i++)
        close(fill[i]);
    close(l.fd);
}

Test(dial_connect, poll_that_fails_ends_it)
{
    struct s5a_io io = s5a_io_libc;
    struct listener l;
    int fill[8];
    io.poll = lab_broken_poll;
    listen_full(&l, fill);
    int fd = new_socket(SOCK_NONBLOCK);
    cr_assert_eq(s5a_dial_connect(&io, fd, &l.at, s5a_now() + LONG), -ENOMEM);
    close(fd);
}

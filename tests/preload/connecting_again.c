/* A program that calls connect() again: while it goes on, once it succeeded, once it failed; and
 * asks for names meanwhile. */
#include "tests/preload/habit.h"

static int dissolve(int fd)
{
    const struct sockaddr none = { .sa_family = AF_UNSPEC };
    return connect(fd, &none, sizeof none) == 0 ? 0 : errno;
}

static unsigned own_port(int fd)
{
    struct sockaddr_in own = { 0 };
    socklen_t len = sizeof own;
    CHECK(getsockname(fd, (struct sockaddr *)&own, &len) == 0);
    CHECK(len == sizeof own && own.sin_family == AF_INET);
    return ntohs(own.sin_port);
}

/* ---- while it goes on ------------------------------------------------------------------------- */

static void is_under_way(void)
{
    int fd = habit_begin(AT_SLOW);
    for (int i = 0; i < 3; i++) {
        CHECK(habit_connect(fd, AT_SLOW) == EALREADY);
        CHECK(habit_connect(fd, AT_OPEN) == EALREADY);
    }
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

/* Addresses are not looked at, but for their length. */
static void odd_addresses(void)
{
    struct sockaddr_in to = lab_at(AT_OPEN);
    const struct sockaddr *volatile none = NULL;
    int fd = habit_begin(AT_SLOW);
    CHECK(connect(fd, (struct sockaddr *)&to, 1) == -1 && errno == EINVAL);
    CHECK(connect(fd, (struct sockaddr *)&to, 4) == -1 && errno == EALREADY);
    CHECK(connect(fd, none, sizeof to) == -1 && errno == EFAULT);
    to.sin_family = AF_UNIX;
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == -1 && errno == EALREADY);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

static void names(void)
{
    int fd = habit_begin(AT_SLOW);
    unsigned port = own_port(fd);
    CHECK(port != 0);
    CHECK(habit_peer_error(fd) == ENOTCONN);
    CHECK(habit_error(fd) == 0);
    habit_check_quiet(fd);
    CHECK(habit_peer_error(fd) == ENOTCONN);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
    CHECK(own_port(fd) == port);
}

static void bound_port(void)
{
    struct sockaddr_in any = lab_v4("0.0.0.0", 0);
    int fd = habit_nonblocking();
    CHECK(bind(fd, (struct sockaddr *)&any, sizeof any) == 0);
    unsigned port = own_port(fd);
    CHECK(port != 0);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    CHECK(own_port(fd) == port);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
    CHECK(own_port(fd) == port);
}

static void other_calls(void)
{
    struct sockaddr_in any = lab_v4("0.0.0.0", 0);
    int value = -1, fd = habit_begin(AT_SLOW);
    socklen_t len = sizeof value;
    CHECK(bind(fd, (struct sockaddr *)&any, sizeof any) == -1 && errno == EINVAL);
    CHECK(listen(fd, 1) == -1 && errno == EINVAL);
    CHECK(accept(fd, NULL, NULL) == -1 && errno == EINVAL);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &len) == 0 && value == 0);
    CHECK(habit_connect(fd, AT_SLOW) == EALREADY);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

/* The blocking call waits for what the other one began. */
static void blocking_again(void)
{
    int fd = habit_begin(AT_SLOW);
    CHECK(fcntl(fd, F_SETFL, 0) == 0);
    lab_answer(AT_SLOW, 100);
    CHECK(habit_connect(fd, AT_OPEN) == 0);
    habit_check_connected(fd, AT_SLOW);
    CHECK(habit_connect(fd, AT_SLOW) == EISCONN);
}

static void blocking_again_refused(void)
{
    int fd = habit_begin(AT_REFUSING);
    CHECK(fcntl(fd, F_SETFL, 0) == 0);
    lab_answer(AT_REFUSING, 100);
    CHECK(habit_connect(fd, AT_OPEN) == ECONNREFUSED);
    CHECK(habit_error(fd) == 0);
    CHECK(habit_connect(fd, AT_OPEN) == 0);
    habit_check_connected(fd, AT_OPEN);
}

/* ---- once it succeeded ------------------------------------------------------------------------ */

/* 0 once, then EISCONN. */
static void after_success(void)
{
    int fd = habit_begin(AT_SLOW);
    lab_answer(AT_SLOW, 0);
    habit_wait(fd);
    CHECK(habit_connect(fd, AT_SLOW) == 0);
    CHECK(habit_connect(fd, AT_SLOW) == EISCONN);
    CHECK(habit_connect(fd, AT_OPEN) == EISCONN);
    habit_check_connected(fd, AT_SLOW);
}

/* Whatever was asked or sent before. */
static void after_success_and_use(void)
{
    int fd = habit_begin(AT_SLOW);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
    CHECK(habit_connect(fd, AT_OPEN) == 0);
    CHECK(habit_connect(fd, AT_SLOW) == EISCONN);
}

/* Nobody waits: connect() itself is asked until it has succeeded. */
static void asked_by_connect(void)
{
    int error, fd = habit_begin(AT_SLOW);
    lab_answer(AT_SLOW, 30);
    while ((error = habit_connect(fd, AT_SLOW)) == EALREADY)
        lab_pause_ms(1);
    CHECK(error == 0);
    CHECK(habit_connect(fd, AT_SLOW) == EISCONN);
    habit_check_connected(fd, AT_SLOW);
}

static void asked_by_connect_refused(void)
{
    int error, fd = habit_begin(AT_REFUSING);
    lab_answer(AT_REFUSING, 30);
    while ((error = habit_connect(fd, AT_REFUSING)) == EALREADY)
        lab_pause_ms(1);
    CHECK(error == ECONNREFUSED);
    CHECK(habit_error(fd) == 0);
}

/* ---- once it failed --------------------------------------------------------------------------- */

/* The error by the second connect(); the third begins anew. */
static void after_failure(void)
{
    int fd = habit_begin(AT_REFUSING);
    lab_answer(AT_REFUSING, 0);
    habit_wait(fd);
    CHECK(habit_peer_error(fd) == ENOTCONN);
    CHECK(habit_connect(fd, AT_SLOW) == ECONNREFUSED);
    CHECK(habit_error(fd) == 0);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    CHECK(habit_connect(fd, AT_SLOW) == EALREADY);
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

/* SO_ERROR has taken the error: the second connect() says that it was there. */
static void after_failure_seen(void)
{
    int fd = habit_begin(AT_REFUSING);
    lab_answer(AT_REFUSING, 0);
    habit_check_fails(fd, ECONNREFUSED);
    CHECK(habit_connect(fd, AT_SLOW) == ECONNABORTED);
    CHECK(habit_error(fd) == 0);
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

static void failing_again_and_again(void)
{
    int fd = habit_nonblocking();
    lab_answer(AT_REFUSING, 0);
    for (int i = 0; i < 5; i++) {
        CHECK(habit_connect(fd, AT_REFUSING) == EINPROGRESS);
        habit_wait(fd);
        CHECK(habit_connect(fd, AT_OPEN) == ECONNREFUSED);
    }
    CHECK(habit_connect(fd, AT_OPEN) == EINPROGRESS);
    habit_check_connects(fd, AT_OPEN);
}

static void blocking_after_failure(void)
{
    int fd = habit_blocking();
    lab_answer(AT_REFUSING, 0);
    CHECK(habit_connect(fd, AT_REFUSING) == ECONNREFUSED);
    CHECK(habit_error(fd) == 0 && habit_peer_error(fd) == ENOTCONN);
    CHECK(habit_connect(fd, AT_REFUSING) == ECONNREFUSED);
    CHECK(habit_connect(fd, AT_OPEN) == 0);
    CHECK(habit_connect(fd, AT_OPEN) == EISCONN);
    habit_check_connected(fd, AT_OPEN);
}

/* ---- AF_UNSPEC -------------------------------------------------------------------------------- */

static void dissolved(void)
{
    int fd = habit_begin(AT_SILENT);
    CHECK(dissolve(fd) == 0);
    CHECK(habit_error(fd) == ECONNRESET && habit_peer_error(fd) == ENOTCONN);
    CHECK(habit_poll(fd, POLLOUT, 0) == (POLLOUT | POLLHUP));
    CHECK(habit_connect(fd, AT_SLOW) == EINPROGRESS);
    CHECK(lab_is_native() || lab_wait_for_living(1));
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

static void dissolved_after_failure(void)
{
    int fd = habit_begin(AT_REFUSING);
    lab_answer(AT_REFUSING, 0);
    habit_wait(fd);
    CHECK(dissolve(fd) == 0);
    CHECK(habit_error(fd) == ECONNREFUSED);
    CHECK(habit_connect(fd, AT_OPEN) == EINPROGRESS);
    habit_check_connects(fd, AT_OPEN);
}

static void dissolved_after_success(void)
{
    int fd = habit_begin(AT_OPEN);
    habit_check_connects(fd, AT_OPEN);
    CHECK(dissolve(fd) == 0);
    CHECK(habit_peer_error(fd) == ENOTCONN && lab_wait_for_living(0));
    CHECK(habit_connect(fd, AT_GREETING) == EINPROGRESS);
    CHECK(habit_poll(fd, POLLIN, HABIT_BOUND_MS) == POLLIN);
    CHECK(shutdown(fd, SHUT_WR) == 0);
    habit_check_ends_with(fd, "220 early\r\n");
}

#define CASE(name)                 \
    {                              \
#name, LAB_PLACES, 0, name \
    }
#define AT_UNIX(name)                                     \
    {                                                     \
#name "_at_unix_socket", LAB_PLACES_UNIX, 0, name \
    }
LAB(CASE(is_under_way), CASE(odd_addresses), CASE(names), CASE(bound_port), CASE(other_calls),
    CASE(blocking_again), CASE(blocking_again_refused), CASE(after_success),
    CASE(after_success_and_use), CASE(asked_by_connect), CASE(asked_by_connect_refused),
    CASE(after_failure), CASE(after_failure_seen), CASE(failing_again_and_again),
    CASE(blocking_after_failure), CASE(dissolved), CASE(dissolved_after_failure),
    CASE(dissolved_after_success), AT_UNIX(is_under_way), AT_UNIX(names), AT_UNIX(after_success),
    AT_UNIX(after_failure), AT_UNIX(blocking_again), AT_UNIX(dissolved))

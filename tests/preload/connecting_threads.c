/* A program that uses a socket in one thread while another one is in a blocking connect() on it. */
#include "tests/preload/habit_epoll.h"

#include <pthread.h>

struct call {
    pthread_t thread;
    int fd;
    enum lab_place place;
    _Atomic int id;
    int error; /* of connect() */
};

static void *connect_in_thread(void *context)
{
    struct call *call = context;
    call->id = gettid();
    call->error = habit_connect(call->fd, call->place);
    return NULL;
}

/* The thread is in its connect(). */
static void begin(struct call *call, int fd, enum lab_place place)
{
    *call = (struct call){ .fd = fd, .place = place, .error = -1 };
    CHECK(pthread_create(&call->thread, NULL, connect_in_thread, call) == 0);
    habit_wait_asleep(&call->id);
}

static int end(struct call *call)
{
    CHECK(pthread_join(call->thread, NULL) == 0);
    return call->error;
}

static void others_wait(void)
{
    struct call call;
    int fd = habit_blocking(), set = habit_set();
    habit_add(set, fd, EPOLLOUT | EPOLLET, HABIT_WIDE);
    habit_check_one(set, EPOLLOUT | EPOLLHUP, HABIT_WIDE);
    begin(&call, fd, AT_SLOW);
    habit_check_quiet(fd);
    habit_check_none(set);
    lab_answer(AT_SLOW, 0);
    CHECK(habit_poll(fd, POLLIN | POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    CHECK(end(&call) == 0);
    habit_check_one(set, EPOLLOUT, HABIT_WIDE);
    habit_check_none(set);
    habit_check_connected(fd, AT_SLOW);
}

static void others_ask(void)
{
    struct call call;
    int fd = habit_blocking();
    begin(&call, fd, AT_SLOW);
    CHECK(habit_peer_error(fd) == ENOTCONN && habit_error(fd) == 0);
    CHECK(fcntl(fd, F_GETFL) == O_RDWR);
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    CHECK(habit_connect(fd, AT_SLOW) == EALREADY);
    CHECK(send(fd, "x", 1, 0) == -1 && errno == EAGAIN);
    lab_answer(AT_SLOW, 0);
    CHECK(end(&call) == 0);
    habit_check_connected(fd, AT_SLOW);
}

static void *write_in_thread(void *context)
{
    CHECK(write(*(int *)context, "hello", 5) == 5);
    return NULL;
}

/* What is written waits for the connection. */
static void others_write(void)
{
    char got[5];
    struct call call;
    pthread_t writer;
    int fd = habit_blocking();
    begin(&call, fd, AT_SLOW);
    CHECK(pthread_create(&writer, NULL, write_in_thread, &fd) == 0);
    CHECK(send(fd, "x", 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    CHECK(end(&call) == 0 && pthread_join(writer, NULL) == 0);
    lab_read(fd, got, 5);
    CHECK(memcmp(got, "hello", 5) == 0);
}

static void *read_in_thread(void *context)
{
    char got[11];
    lab_read(*(int *)context, got, sizeof got);
    CHECK(memcmp(got, "220 early\r\n", sizeof got) == 0);
    return NULL;
}

static void others_read(void)
{
    char byte;
    struct call call;
    pthread_t reader;
    int fd = habit_blocking();
    begin(&call, fd, AT_SLOW_GREETING);
    CHECK(pthread_create(&reader, NULL, read_in_thread, &fd) == 0);
    CHECK(recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == -1 && errno == EAGAIN);
    habit_check_quiet(fd);
    lab_answer(AT_SLOW_GREETING, 0);
    CHECK(end(&call) == 0 && pthread_join(reader, NULL) == 0);
    habit_check_connected(fd, AT_SLOW_GREETING);
}

/* Two calls for one connection: both succeed. */
static void both_connect(void)
{
    struct call one, two;
    int fd = habit_blocking();
    begin(&one, fd, AT_SLOW);
    begin(&two, fd, AT_SLOW);
    lab_answer(AT_SLOW, 0);
    CHECK(end(&one) == 0 && end(&two) == 0);
    CHECK(habit_connect(fd, AT_SLOW) == EISCONN);
    habit_check_connected(fd, AT_SLOW);
}

/* The error is one's, which one's is chance; the other one fails too (EPIPE, of all things). */
static void both_are_refused(void)
{
    struct call one, two;
    int fd = habit_blocking();
    begin(&one, fd, AT_REFUSING);
    begin(&two, fd, AT_REFUSING);
    lab_answer(AT_REFUSING, 0);
    int first = end(&one), second = end(&two);
    CHECK((first == ECONNREFUSED) != (second == ECONNREFUSED));
    CHECK(first != 0 && second != 0);
    CHECK(habit_error(fd) == 0 && habit_peer_error(fd) == ENOTCONN);
    CHECK(habit_connect(fd, AT_OPEN) == 0);
    habit_check_connected(fd, AT_OPEN);
}

/* The call keeps the socket until it is over; the number is another file's by then. */
static void number_is_reused(void)
{
    struct call call;
    int fd = habit_blocking();
    begin(&call, fd, AT_SLOW);
    CHECK(close(fd) == 0);
    int file = open("/dev/null", O_RDWR | O_CLOEXEC);
    CHECK(file == fd);
    lab_answer(AT_SLOW, 0);
    CHECK(end(&call) == 0);
    CHECK(lab_wait_for_living(0));
    CHECK(fcntl(file, F_GETFD) == FD_CLOEXEC && write(file, "x", 1) == 1);
    CHECK(habit_peer_error(file) == ENOTSOCK);
}

static void number_is_replaced(void)
{
    struct call call;
    int fd = habit_blocking(), other = habit_begin(AT_OPEN);
    begin(&call, fd, AT_SLOW);
    habit_check_connects(other, AT_OPEN);
    CHECK(dup2(other, fd) == fd);
    lab_answer(AT_SLOW, 0);
    CHECK(end(&call) == 0);
    habit_check_connected(fd, AT_OPEN);
    habit_check_connected(other, AT_OPEN);
}

static void duplicate_is_used(void)
{
    struct call call;
    int fd = habit_blocking();
    begin(&call, fd, AT_SLOW);
    int copy = dup(fd);
    CHECK(close(fd) == 0);
    habit_check_quiet(copy);
    lab_answer(AT_SLOW, 0);
    CHECK(end(&call) == 0);
    habit_check_connects(copy, AT_SLOW);
}

/* The child has nothing to do with the call of a thread that it has not got. */
static void process_forks(void)
{
    struct call call;
    int fd = habit_blocking();
    begin(&call, fd, AT_SLOW);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
        CHECK(habit_error(fd) == 0 && habit_peer_error(fd) == 0);
        _exit(0);
    }
    lab_pause_ms(HABIT_QUIET_MS);
    lab_answer(AT_SLOW, 0);
    CHECK(end(&call) == 0);
    lab_check_child(child);
    habit_check_connected(fd, AT_SLOW);
}

/* Many blocking connects at once do not wait for one another. */
static void side_by_side(void)
{
    enum { MANY = 30 };
    struct call calls[MANY];
    for (int i = 0; i < MANY; i++) {
        int fd = habit_blocking();
        calls[i] = (struct call){ .fd = fd, .place = i % 2 == 0 ? AT_SLOW : AT_REFUSING };
        CHECK(pthread_create(&calls[i].thread, NULL, connect_in_thread, &calls[i]) == 0);
    }
    struct call last;
    begin(&last, habit_blocking(), AT_SLOW_TOO);
    lab_answer(AT_SLOW_TOO, 0);
    CHECK(end(&last) == 0);
    lab_answer(AT_SLOW, 0);
    lab_answer(AT_REFUSING, 0);
    for (int i = 0; i < MANY; i++)
        CHECK(end(&calls[i]) == (i % 2 == 0 ? 0 : ECONNREFUSED));
}

LAB(CASE(others_wait), TAKES(others_ask, 5), DIFFERS(others_write), DIFFERS(others_read),
    CASE(both_connect), CASE(both_are_refused), CASE(number_is_reused), CASE(number_is_replaced),
    CASE(duplicate_is_used), CASE(process_forks), CASE(side_by_side), AT_UNIX(others_wait),
    AT_UNIX(number_is_reused))

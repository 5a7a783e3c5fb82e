/* connect() of a blocking socket: what becomes of it under signals, time-outs, limits and
 * cancellation. */
#include "shim/sockets/blocking.h"

#include "tests/unit/socks_lab.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "shim/engine/pending.h"
#include "tests/unit/sanitizer.h"

static struct lab_proxy *proxy, *silent; /* the latter in its backlog alone */

TestSuite(blocking);

static atomic_int handled;
static int to_close = -1;

static void handle(int number)
{
    int saved = errno;
    handled += number != 0;
    if (to_close >= 0 && lab_poll(silent->listener, POLLIN, 0) != 0)
        close(to_close);
    errno = saved;
}

/* The signals are for the thread that the test runs in. */
static struct lab_proxy *start(int family, enum lab_way way)
{
    sigset_t alarms;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarms, NULL);
    struct lab_proxy *started = lab_new_proxy(family, way);
    pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
    return started;
}

static void alarm_every(int ms, int flags)
{
    struct sigaction action = { .sa_handler = handle, .sa_flags = flags };
    struct itimerval every = { { 0, ms * 1000 }, { 0, ms * 1000 } };
    cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
    cr_assert_eq(setitimer(ITIMER_REAL, &every, NULL), 0);
}

static void stop_alarms(void)
{
    cr_assert_eq(setitimer(ITIMER_REAL, &(struct itimerval){ { 0, 0 }, { 0, 0 } }, NULL), 0);
}

static void comes_to_stand(int fd)
{
    lab_set_way(proxy, LAB_CONNECTS);
    cr_assert_eq(lab_poll(fd, POLLOUT, LAB_PATIENCE), POLLOUT);
    cr_assert_eq(lab_error(fd), 0);
    cr_assert_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    lab_echo(fd);
    cr_assert_eq(s5a_close(fd), 0);
    lab_end_proxy(proxy);
}

Test(blocking, handler_ends_the_call_and_not_the_connect)
{
    proxy = start(AF_INET, LAB_IS_SILENT);
    int fd = lab_socket(0);
    alarm_every(20, 0);
    cr_assert_eq(lab_connect(fd), -EINTR);
    stop_alarms();
    cr_assert_gt(handled, 0);
    cr_assert_eq(lab_poll(fd, POLLOUT, 0), 0);
    comes_to_stand(fd);
}

static void *let_connect(void *unused)
{
    while (handled < 3)
        poll(NULL, 0, 1);
    lab_set_way(proxy, LAB_CONNECTS);
    return unused;
}

Test(blocking, handler_that_restarts_does_not_end_the_call)
{
    pthread_t thread;
    sigset_t alarms;
    proxy = start(AF_INET, LAB_IS_SILENT);
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarms, NULL);
    cr_assert_eq(pthread_create(&thread, NULL, let_connect, NULL), 0);
    pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
    int fd = lab_socket(0);
    alarm_every(20, SA_RESTART);
    cr_assert_eq(lab_connect(fd), 0);
    stop_alarms();
    pthread_join(thread, NULL);
    comes_to_stand(fd);
}

Test(blocking, send_timeout_ends_the_call_and_not_the_connect)
{
    struct timeval brief = { 0, 50000 };
    proxy = start(AF_INET, LAB_IS_SILENT);
    int fd = lab_socket(0);
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &brief, sizeof brief), 0);
    cr_assert_eq(lab_connect(fd), -EINPROGRESS);
    cr_assert_eq(lab_connect(fd), -EALREADY);
    comes_to_stand(fd);
}

static void *connect_in_thread(void *context)
{
    return (void *)(intptr_t)lab_connect(*(int *)context);
}

Test(blocking, closed_by_another_thread_nothing_is_left)
{
    pthread_t thread;
    proxy = start(AF_INET, LAB_IS_SILENT);
    int before = lab_descriptors(), fd = lab_socket(0);
    cr_assert_eq(pthread_create(&thread, NULL, connect_in_thread, &fd), 0);
    LAB_UNTIL(proxy->accepted == 1);
    cr_assert_eq(s5a_close(fd), 0);
    lab_set_way(proxy, LAB_CONNECTS);
    pthread_join(thread, NULL);
    LAB_UNTIL(proxy->ended == 1);
    cr_assert_eq(s5a_pending_count(), 0);
    cr_assert_eq(lab_descriptors(), before);
    lab_end_proxy(proxy);
}

/* ---- where there is no room ---- */

static void bound_descriptors(int room)
{
    int free_numbers[8] = { 0 };
    for (int i = 0; i < room; i++)
        free_numbers[i] = dup(0);
    rlim_t limit = (rlim_t)free_numbers[room - 1] + 1;
    for (int i = 0; i < room; i++)
        close(free_numbers[i]);
    struct rlimit bounded = { limit, limit };
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &bounded), 0);
}

Test(blocking, without_room_for_a_gate_it_connects_all_the_same)
{
    proxy = start(AF_INET, LAB_CONNECTS);
    int fd = lab_socket(0);
    bound_descriptors(1); /* the proxy's end */
    cr_assert_eq(lab_connect(fd), 0);
    lab_echo(fd);
    cr_assert_eq(s5a_pending_count(), 0);
    cr_assert_eq(s5a_close(fd), 0);
    lab_end_proxy(proxy);
}

/* The stand-in is what would be left. */
Test(blocking, socket_that_a_handler_closes_leaves_no_stand_in)
{
    silent = lab_listen(AF_UNIX, LAB_IS_SILENT);
    lab_configure(silent->where);
    int fd = lab_socket(0);
    to_close = fd;
    alarm_every(30, 0);
    bound_descriptors(2); /* the stand-in, but no gate */
    int result = lab_connect(fd);
    stop_alarms();
    cr_assert_eq(result, -EINTR);
    bool is_lowest_free = dup(0) == fd;
    cr_assert(is_lowest_free);
    cr_assert_geq(dup(0), 0);
    cr_assert_geq(dup(0), 0);
}

/* ---- cancelled threads, and no memory ---- */

#if !LAB_SANITIZED

Test(blocking, cancelled_thread_leaves_a_connect_that_goes_on)
{
    pthread_t thread;
    void *result;
    proxy = start(AF_INET, LAB_IS_SILENT);
    int fd = lab_socket(0);
    cr_assert_eq(pthread_create(&thread, NULL, connect_in_thread, &fd), 0);
    LAB_UNTIL(proxy->accepted == 1);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    cr_assert(result == PTHREAD_CANCELED);
    comes_to_stand(fd);
}

/* Neither stack nor engine can be had: no call is lost for that. */
static void bound_memory(struct rlimit *before)
{
    cr_assert_eq(getrlimit(RLIMIT_AS, before), 0);
    struct rlimit none = { 0, before->rlim_max };
    cr_assert_eq(setrlimit(RLIMIT_AS, &none), 0);
}

Test(blocking, without_an_engine_a_connect_waits)
{
    struct rlimit before;
    proxy = start(AF_INET, LAB_CONNECTS);
    int first = lab_socket(0), fd = lab_socket(SOCK_NONBLOCK);
    cr_assert_eq(lab_connect(first), 0); /* what is loaded once is there */
    bound_memory(&before);
    int result = lab_connect(fd);
    cr_assert_eq(setrlimit(RLIMIT_AS, &before), 0);
    cr_assert_eq(result, 0);
    lab_echo(fd);
    cr_assert_eq(s5a_close(fd) | s5a_close(first), 0);
    lab_end_proxy(proxy);
}

/* The call goes on, and tells the error itself: the socket is as new. */
Test(blocking, without_an_engine_a_call_that_is_interrupted_goes_on)
{
    struct rlimit before;
    pthread_t thread;
    sigset_t alarms;
    proxy = start(AF_INET, LAB_CONNECTS);
    int first = lab_socket(0), fd = lab_socket(0);
    cr_assert_eq(lab_connect(first), 0);
    proxy->way = LAB_IS_SILENT;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarms, NULL);
    cr_assert_eq(pthread_create(&thread, NULL, let_connect, NULL), 0);
    pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
    bound_memory(&before);
    alarm_every(20, 0);
    int result = lab_connect(fd);
    stop_alarms();
    cr_assert_eq(setrlimit(RLIMIT_AS, &before), 0);
    pthread_join(thread, NULL);
    cr_assert_eq(result, 0);
    cr_assert_eq(lab_connect(fd), -EISCONN); /* told of by the first, as by the kernel */
    cr_assert_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    lab_echo(fd);
    cr_assert_eq(s5a_close(fd) | s5a_close(first), 0);
    lab_end_proxy(proxy);
}

#endif

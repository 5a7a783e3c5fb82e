/* A program whose blocking connect is interrupted, by handlers with and without SA_RESTART: what was
 * interrupted goes on. */
#include "tests/preload/habit_signals.h"

#include <pthread.h>
#include <sys/wait.h>

/* A socket whose blocking connect was interrupted. */
static int interrupted(enum lab_place place)
{
    int fd = habit_blocking();
    habit_handle(SIGALRM, habit_count_signal, 0);
    habit_set_timer(20);
    CHECK(habit_connect(fd, place) == EINTR);
    habit_set_timer(0);
    CHECK(habit_alarms > 0);
    return fd;
}

/* ---- without SA_RESTART ----------------------------------------------------------------------- */

static void then_poll(void)
{
    int fd = interrupted(AT_SLOW);
    habit_check_quiet(fd);
    CHECK(habit_error(fd) == 0 && habit_peer_error(fd) == ENOTCONN);
    CHECK(fcntl(fd, F_GETFL) == O_RDWR);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
    CHECK(fcntl(fd, F_GETFL) == O_RDWR);
}

static void then_poll_refused(void)
{
    int fd = interrupted(AT_REFUSING);
    habit_check_quiet(fd);
    lab_answer(AT_REFUSING, 0);
    habit_check_fails(fd, ECONNREFUSED);
}

/* The second call waits for what the first one began. */
static void then_connect(void)
{
    int fd = interrupted(AT_SLOW);
    lab_answer(AT_SLOW, 100);
    CHECK(habit_connect(fd, AT_SLOW) == 0);
    CHECK(habit_connect(fd, AT_SLOW) == EISCONN);
    habit_check_connected(fd, AT_SLOW);
}

static void then_connect_refused(void)
{
    int fd = interrupted(AT_REFUSING);
    lab_answer(AT_REFUSING, 100);
    CHECK(habit_connect(fd, AT_SLOW) == ECONNREFUSED);
    CHECK(habit_connect(fd, AT_OPEN) == 0);
    habit_check_connected(fd, AT_OPEN);
}

static void then_connect_interrupted_again(void)
{
    int fd = interrupted(AT_SLOW);
    for (int i = 0; i < 3; i++) {
        habit_set_timer(20);
        CHECK(habit_connect(fd, AT_SLOW) == EINTR);
        habit_set_timer(0);
    }
    lab_answer(AT_SLOW, 0);
    CHECK(habit_connect(fd, AT_SLOW) == 0);
    habit_check_connected(fd, AT_SLOW);
}

static void then_nonblocking_connect(void)
{
    int fd = interrupted(AT_SLOW);
    CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    CHECK(habit_connect(fd, AT_SLOW) == EALREADY);
    habit_check_quiet(fd);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

static void then_write(void)
{
    char got[5];
    int fd = interrupted(AT_SLOW);
    lab_answer(AT_SLOW, 100);
    CHECK(write(fd, "hello", 5) == 5);
    lab_read(fd, got, 5);
    CHECK(memcmp(got, "hello", 5) == 0);
}

static void then_close(void)
{
    int fd = habit_begin(AT_OPEN);
    habit_check_connects(fd, AT_OPEN);
    CHECK(close(fd) == 0 && lab_wait_for_living(0));
    int descriptors = habit_count_descriptors(), threads = habit_count_threads();
    fd = interrupted(AT_SILENT);
    CHECK(close(fd) == 0 && lab_wait_for_living(0));
    habit_check_counts(descriptors, threads);
    fd = habit_blocking();
    CHECK(habit_connect(fd, AT_OPEN) == 0);
    habit_check_connected(fd, AT_OPEN);
}

/* ---- with it, or without a handler ------------------------------------------------------------ */

static void restarts(void)
{
    int fd = habit_blocking();
    habit_handle(SIGALRM, habit_count_signal, SA_RESTART);
    habit_set_timer(10);
    lab_answer(AT_SLOW, 200);
    CHECK(habit_connect(fd, AT_SLOW) == 0);
    habit_set_timer(0);
    CHECK(habit_alarms >= 3);
    CHECK(habit_connect(fd, AT_SLOW) == EISCONN);
    habit_check_connected(fd, AT_SLOW);
}

static void restarts_and_is_refused(void)
{
    int fd = habit_blocking();
    habit_handle(SIGALRM, habit_count_signal, SA_RESTART);
    habit_set_timer(10);
    lab_answer(AT_REFUSING, 200);
    CHECK(habit_connect(fd, AT_REFUSING) == ECONNREFUSED);
    habit_set_timer(0);
    CHECK(habit_alarms >= 3 && habit_error(fd) == 0);
}

static void ignored_and_blocked(void)
{
    sigset_t set;
    int fd = habit_blocking();
    habit_handle(SIGALRM, SIG_IGN, 0);
    habit_handle(SIGVTALRM, habit_count_signal, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGVTALRM);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0 && raise(SIGVTALRM) == 0);
    habit_set_timer(10);
    lab_answer(AT_SLOW, 100);
    CHECK(habit_connect(fd, AT_SLOW) == 0);
    habit_set_timer(0);
    CHECK(habit_other_signals == 0);
    habit_check_connected(fd, AT_SLOW);
}

/* Children that end, and nobody handles it. */
static void children_end(void)
{
    pid_t child = fork();
    if (child == 0) {
        lab_pause_ms(30);
        _exit(0);
    }
    int fd = habit_blocking();
    lab_answer(AT_SLOW, 100);
    CHECK(habit_connect(fd, AT_SLOW) == 0);
    lab_check_child(child);
    habit_check_connected(fd, AT_SLOW);
}

static pthread_t victim;
static volatile sig_atomic_t is_over;

/* SIGUSR1 restarts, many of it come; then SIGALRM, which does not, until it is seen. */
static void *send_both(void *unused)
{
    for (int i = 0; i < 20 || habit_other_signals == 0; i++) {
        CHECK(pthread_kill(victim, SIGUSR1) == 0);
        lab_pause_ms(3);
    }
    CHECK(!is_over);
    while (!is_over) {
        CHECK(pthread_kill(victim, SIGALRM) == 0);
        lab_pause_ms(3);
    }
    return unused;
}

static void mixed_handlers(void)
{
    pthread_t thread;
    int fd = habit_blocking();
    habit_handle(SIGUSR1, habit_count_signal, SA_RESTART);
    habit_handle(SIGALRM, habit_count_signal, 0);
    victim = pthread_self();
    CHECK(pthread_create(&thread, NULL, send_both, NULL) == 0);
    CHECK(habit_connect(fd, AT_SLOW) == EINTR);
    CHECK(habit_other_signals > 0 && habit_alarms > 0);
    is_over = 1;
    CHECK(pthread_join(thread, NULL) == 0);
    lab_answer(AT_SLOW, 0);
    habit_check_connects(fd, AT_SLOW);
}

/* A signal that another thread handles interrupts nothing here. */
static void *take_signals(void *unused)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    CHECK(pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0);
    while (!is_over)
        lab_pause_ms(1);
    return unused;
}

static void handled_elsewhere(void)
{
    pthread_t thread;
    sigset_t set;
    int fd = habit_blocking();
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    habit_handle(SIGALRM, habit_count_signal, 0);
    CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
    CHECK(pthread_create(&thread, NULL, take_signals, NULL) == 0);
    habit_set_timer(5);
    lab_answer(AT_SLOW, 100);
    CHECK(habit_connect(fd, AT_SLOW) == 0);
    habit_set_timer(0);
    is_over = 1;
    CHECK(pthread_join(thread, NULL) == 0 && habit_alarms > 0);
    habit_check_connected(fd, AT_SLOW);
}

static void stopped_and_continued(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        int fd = habit_blocking();
        CHECK(habit_connect(fd, AT_SLOW) == 0);
        habit_check_connected(fd, AT_SLOW);
        _exit(0);
    }
    lab_pause_ms(HABIT_QUIET_MS); /* it is in the call by now, or it is not: both must do */
    CHECK(kill(child, SIGSTOP) == 0 && waitpid(child, &status, WUNTRACED) == child);
    CHECK(WIFSTOPPED(status) && kill(child, SIGCONT) == 0);
    lab_answer(AT_SLOW, 50);
    lab_check_child(child);
}

#define CASE(name)                 \
    {                              \
#name, LAB_PLACES, 0, name \
    }
#define AT_UNIX(name)                                     \
    {                                                     \
#name "_at_unix_socket", LAB_PLACES_UNIX, 0, name \
    }
LAB(CASE(then_poll), CASE(then_poll_refused), CASE(then_connect), CASE(then_connect_refused),
    CASE(then_connect_interrupted_again), CASE(then_nonblocking_connect), CASE(then_write),
    CASE(then_close), CASE(restarts), CASE(restarts_and_is_refused), CASE(ignored_and_blocked),
    CASE(children_end), CASE(mixed_handlers), CASE(handled_elsewhere), CASE(stopped_and_continued),
    AT_UNIX(then_poll), AT_UNIX(then_connect), AT_UNIX(restarts))

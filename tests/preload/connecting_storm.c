/* A program of 64 threads that connect in all ways, are interrupted, close at random times and fork:
 * it ends, and nothing is left of it. The kinds of connects are drawn from a fixed seed. */
#include "tests/preload/habit_signals.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/wait.h>
#include <time.h>

enum { THREADS = 64, WARM_UP = 30, ROUNDS = 200, GROWTH_KIB = 2048, CHILD_LIMIT_S = 20 };

/* ---- calls that signals interrupt ------------------------------------------------------------- */

static void finish(int fd)
{
    const struct linger reset = { 1, 0 };
    /* no TIME_WAIT: the ports are all tests' */
    CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
    CHECK(close(fd) == 0);
}

static void echo(int fd)
{
    char byte = 'x';
    ssize_t len;
    while ((len = send(fd, &byte, 1, MSG_NOSIGNAL)) == -1 && errno == EINTR)
        continue;
    CHECK(len == 1);
    byte = 0;
    CHECK((habit_poll(fd, POLLIN, HABIT_BOUND_MS) & POLLIN) != 0);
    while ((len = recv(fd, &byte, 1, 0)) == -1 && errno == EINTR)
        continue;
    CHECK(len == 1 && byte == 'x');
}

static void nap(unsigned us)
{
    const struct timespec time = { 0, us * 1000L };
    nanosleep(&time, NULL);
}

/* ---- one connect ------------------------------------------------------------------------------ */

/* Interrupted, it goes on. */
static void connect_blocking(unsigned *seed)
{
    int fd = habit_blocking(), error = habit_connect(fd, AT_OPEN);
    (void)seed;
    CHECK(error == 0 || error == EINTR);
    if (error == EINTR) {
        CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
        CHECK(habit_error(fd) == 0);
    }
    echo(fd);
    finish(fd);
}

static void connect_nonblocking(unsigned *seed)
{
    int fd = habit_begin(AT_OPEN);
    (void)seed;
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    CHECK(habit_error(fd) == 0 && habit_peer_error(fd) == 0);
    echo(fd);
    finish(fd);
}

static void connect_refused(unsigned *seed)
{
    int fd = habit_begin(AT_REFUSING);
    (void)seed;
    habit_wait(fd);
    CHECK(habit_error(fd) == ECONNREFUSED && habit_error(fd) == 0);
    CHECK(close(fd) == 0);
}

static void connect_refused_blocking(unsigned *seed)
{
    int fd = habit_blocking(), error = habit_connect(fd, AT_REFUSING);
    (void)seed;
    CHECK(error == ECONNREFUSED || error == EINTR);
    CHECK(close(fd) == 0);
}

static void close_at_random(unsigned *seed)
{
    int fd = habit_begin(rand_r(seed) % 2 == 0 ? AT_OPEN : AT_SILENT);
    if (rand_r(seed) % 2 == 0)
        nap((unsigned)rand_r(seed) % 2000);
    finish(fd);
}

static void duplicate_and_close(unsigned *seed)
{
    int fd = habit_begin(AT_OPEN), copy = dup(fd);
    CHECK(copy >= 0);
    nap((unsigned)rand_r(seed) % 500);
    CHECK(close(fd) == 0);
    CHECK(habit_poll(copy, POLLOUT, HABIT_BOUND_MS) == POLLOUT);
    CHECK(habit_error(copy) == 0);
    echo(copy);
    finish(copy);
}

static void check_end(pid_t child)
{
    int status;
    pid_t ended;
    while ((ended = waitpid(child, &status, 0)) < 0 && errno == EINTR)
        continue;
    CHECK(ended == child);
    lab_check_status(status);
}

/* The child uses what its parent began, or connects on its own; the parent closes. */
static void fork_while_connecting(unsigned *seed)
{
    int kind = rand_r(seed) % 3, fd = habit_begin(AT_OPEN);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(CHILD_LIMIT_S);
        if (kind == 0) {
            CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT && habit_error(fd) == 0);
            echo(fd);
        } else if (kind == 1) {
            connect_blocking(seed);
        } else {
            CHECK(close(fd) == 0);
        }
        _exit(0);
    }
    if (kind == 0)
        CHECK(close(fd) == 0);
    check_end(child);
    if (kind == 0)
        return;
    CHECK(habit_poll(fd, POLLOUT, HABIT_BOUND_MS) == POLLOUT && habit_error(fd) == 0);
    echo(fd);
    finish(fd);
}

/* ---- all of them ------------------------------------------------------------------------------ */

struct worker {
    pthread_t thread;
    unsigned seed;
    int rounds;
    _Atomic int *done;
};

static void *work(void *context)
{
    static void (*const kinds[])(unsigned *) = {
        connect_blocking, connect_nonblocking,      close_at_random,
        connect_refused,  connect_refused_blocking, duplicate_and_close,
    };
    struct worker *worker = context;
    for (int i = 0; i < worker->rounds; i++) {
        int drawn = rand_r(&worker->seed);
        if (drawn % 100 < 2)
            fork_while_connecting(&worker->seed);
        else
            kinds[drawn % 6](&worker->seed);
    }
    ++*worker->done;
    return NULL;
}

static volatile sig_atomic_t is_over;

/* SIGUSR1 interrupts, SIGUSR2 restarts, now this thread, now that one. */
static void *disturb(void *context)
{
    const struct worker *workers = context;
    unsigned seed = 4711;
    while (!is_over) {
        const struct worker *one = &workers[rand_r(&seed) % THREADS];
        CHECK(pthread_kill(one->thread, rand_r(&seed) % 2 == 0 ? SIGUSR1 : SIGUSR2) == 0);
        nap(500);
    }
    return NULL;
}

static void run_threads(int rounds)
{
    static struct worker workers[THREADS];
    static _Atomic int done;
    pthread_t disturber;
    done = 0;
    is_over = 0;
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){ .seed = (unsigned)i + 1, .rounds = rounds, .done = &done };
        CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    }
    CHECK(pthread_create(&disturber, NULL, disturb, workers) == 0);
    while (done < THREADS)
        nap(1000);
    is_over = 1; /* nobody is joined before nobody signals it any more */
    CHECK(pthread_join(disturber, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(workers[i].thread, NULL) == 0);
}

static long resident_kib(void)
{
    char line[256];
    long kib = -1;
    FILE *status = fopen("/proc/self/status", "r");
    CHECK(status != NULL);
    while (kib < 0 && fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "VmRSS: %ld", &kib) != 1)
            kib = -1;
    fclose(status);
    CHECK(kib >= 0);
    return kib;
}

static void storm(void)
{
    habit_handle(SIGUSR1, habit_count_signal, 0);
    habit_handle(SIGUSR2, habit_count_signal, SA_RESTART);
    lab_answer(AT_REFUSING, 0);
    run_threads(WARM_UP);
    CHECK(lab_wait_for_living(0));
    int descriptors = habit_count_descriptors(), threads = habit_count_threads();
    long before = resident_kib();
    run_threads(lab_is_relayed() ? ROUNDS / 5 : ROUNDS); /* a log-in for each, on both sides */
    CHECK(habit_other_signals > 0);
    CHECK(lab_wait_for_living(0));
    habit_check_counts(descriptors, threads);
    CHECK(resident_kib() < before + GROWTH_KIB);
    int fd = habit_begin(AT_OPEN);
    habit_check_connects(fd, AT_OPEN);
}

LAB({ "storm", LAB_PLACES, 0, storm, .is_heavy = true },
    { "storm_at_unix_socket", LAB_PLACES_UNIX, 0, storm, .is_heavy = true })

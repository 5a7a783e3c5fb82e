/* A program of many threads that all connect, from their very first call on. */
#include "tests/preload/lab.h"

#include <pthread.h>

enum { THREADS = 32, ROUNDS = 20 };

static pthread_barrier_t start;

static void *connect_often(void *context)
{
    unsigned number = (unsigned)(size_t)context;
    pthread_barrier_wait(&start);
    for (unsigned i = 0; i < ROUNDS; i++) {
        int fd = lab_connect("192.0.2.1", 1000 + number * ROUNDS + i);
        lab_check_peer(fd, "192.0.2.1", 1000 + number * ROUNDS + i);
        lab_check_echo(fd);
        close(fd);
    }
    return NULL;
}

static void run_threads(void)
{
    pthread_t threads[THREADS];
    pthread_barrier_init(&start, NULL, THREADS);
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, connect_often, (void *)i) == 0);
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

static void *fork_often(void *unused)
{
    pthread_barrier_wait(&start);
    for (unsigned i = 0; i < ROUNDS; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            alarm(20);
            lab_check_echo(lab_connect("192.0.2.2", 22));
            _exit(0);
        }
        lab_check_child(child);
    }
    return unused;
}

/* Children of a process whose other threads hold whatever locks there are. */
static void forks_among_connects(void)
{
    enum { EACH = 4 };
    pthread_t threads[2 * EACH];
    pthread_barrier_init(&start, NULL, 2 * EACH);
    for (size_t i = 0; i < EACH; i++) {
        CHECK(pthread_create(&threads[i], NULL, connect_often, (void *)i) == 0);
        CHECK(pthread_create(&threads[EACH + i], NULL, fork_often, NULL) == 0);
    }
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

LAB_BY_RELAY({ "connect_at_once", LAB_HONEST, 0, run_threads, NULL, NULL, THREADS *ROUNDS * 5 },
             { "connect_at_once_to_dropping_proxy", LAB_DROPS, 0, run_threads, NULL, NULL,
               THREADS *ROUNDS * 5 },
             { "connect_at_once_with_password", LAB_PASSWORD, 0, run_threads, NULL,
               "SOCKS5A_USER=alice\nSOCKS5A_PASSWORD=secret", THREADS *ROUNDS * 5 },
             { "forks_among_connects", LAB_HONEST, 0, forks_among_connects, NULL, NULL,
               8 * ROUNDS * 5 })

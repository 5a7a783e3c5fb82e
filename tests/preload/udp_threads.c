/* A program whose threads share one UDP socket. */
#include "tests/preload/habit_udp.h"

#include <pthread.h>
#include <sys/syscall.h>

enum { THREADS = 4, ROUNDS = 50 };

static int shared;
static _Atomic int sleeper;

static void *sleep_in_recv(void *context)
{
    sleeper = (int)syscall(SYS_gettid);
    udp_check_from(shared, AT_OPEN, "hello");
    return context;
}

/* The reader sleeps before anything was sent. */
static void a_reader_is_there_first(void)
{
    pthread_t thread;
    shared = udp_socket(AF_INET);
    CHECK(pthread_create(&thread, NULL, sleep_in_recv, NULL) == 0);
    habit_wait_asleep(&sleeper);
    udp_send_to(shared, AT_OPEN, "hello");
    CHECK(pthread_join(thread, NULL) == 0);
}

static void *send_many(void *context)
{
    for (int i = 0; i < ROUNDS; i++) {
        udp_send_to(shared, AT_OPEN, "many");
        udp_check_from(shared, AT_OPEN, "many");
    }
    return context;
}

/* All begin at once: one association is made, and nobody's datagram is lost. */
static void all_send_at_once(void)
{
    pthread_t threads[THREADS];
    shared = udp_socket(AF_INET);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, send_many, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(lab_is_native() || lab_wait_for_living(1));
}

LAB(CASE(a_reader_is_there_first), CASE(all_send_at_once))

/* A program whose listeners are at the proxy: what happens to it meanwhile. */
#include "tests/preload/habit_inbound.h"
#include "tests/preload/lab_bind.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { FEW = 128, NOBODY = 65534 };

/* ---- while the proxy is asked ---- */

struct listening {
    pthread_t thread;
    int fd, result, error;
};

static void *listen_there(void *context)
{
    struct listening *l = context;
    l->result = listen(l->fd, 1);
    l->error = errno;
    return NULL;
}

static struct listening *begin_to_listen(void)
{
    static struct listening l;
    inbound_use_bind();
    l.fd = inbound_bound("0.0.0.0", 0);
    CHECK(pthread_create(&l.thread, NULL, listen_there, &l) == 0);
    CHECK(lab_wait_for_begun(1));
    return &l;
}

/* The number leads to something else by the time the proxy listens; that is left alone. */
static void end_badly(struct listening *l, int other)
{
    struct stat before, after;
    CHECK(dup2(other, l->fd) == l->fd && fstat(l->fd, &before) == 0);
    lab_answer(AT_SLOW, 0);
    CHECK(pthread_join(l->thread, NULL) == 0);
    CHECK(l->result == -1 && l->error == EBADF);
    CHECK(fstat(l->fd, &after) == 0 && after.st_dev == before.st_dev);
    CHECK(after.st_ino == before.st_ino);
    CHECK(lab_wait_for_living(0));
}

static void number_becomes_a_file(void)
{
    end_badly(begin_to_listen(), open("/dev/null", O_RDONLY));
}

static void number_becomes_another_socket(void)
{
    end_badly(begin_to_listen(), socket(AF_INET, SOCK_STREAM, 0));
}

/* … or to nothing: then the proxy does not go on listening either. */
static void number_is_closed(void)
{
    struct listening *l = begin_to_listen();
    CHECK(close(l->fd) == 0);
    lab_answer(AT_SLOW, 0);
    CHECK(pthread_join(l->thread, NULL) == 0);
    CHECK(l->result == -1 && l->error == EBADF);
    CHECK(lab_wait_for_living(0));
}

/* ---- while a connection is taken ---- */

struct crowded {
    int listener, caller;
    unsigned port;
};

/* Numbers behind the caller's, the last one in use. */
static void leave_free(const struct crowded *c, unsigned count)
{
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = (rlim_t)c->caller + 1 + count;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/* A connection waits at a listener. */
static void crowd(struct crowded *c, unsigned free)
{
    inbound_use_bind();
    c->listener = inbound_listening(SOCK_NONBLOCK);
    c->port = inbound_port(c->listener);
    c->caller = lab_connect("127.0.0.1", c->port);
    CHECK(habit_poll(c->listener, POLLIN, HABIT_BOUND_MS) == POLLIN);
    leave_free(c, free);
}

/* One number is free, as many as accept() needs. */
static void last_number_is_enough(void)
{
    struct crowded c;
    crowd(&c, 1);
    int fd = accept(c.listener, NULL, NULL);
    CHECK(fd == c.caller + 1);
    inbound_check_connected(fd, c.caller, c.port);
}

/* No number is free: it stays in the queue. */
static void no_number_is_free(void)
{
    struct crowded c;
    crowd(&c, 0);
    CHECK(accept(c.listener, NULL, NULL) == -1 && errno == EMFILE);
    leave_free(&c, 1);
    inbound_check_connected(accept(c.listener, NULL, NULL), c.caller, c.port);
}

/* The shim needs one to hand it over, and waits for that. */
static void none_is_free_when_it_comes(void)
{
    const struct rlimit limit = { FEW, FEW };
    struct sockaddr_in at;
    inbound_use_bind();
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    int listener = inbound_listening(SOCK_NONBLOCK), caller = socket(AF_INET, SOCK_STREAM, 0), last;
    at = inbound_name(listener);
    for (int fd = last = caller; fd >= 0; fd = dup(caller))
        last = fd;
    CHECK(connect(caller, (struct sockaddr *)&at, sizeof at) == 0);
    CHECK(habit_poll(listener, POLLIN, HABIT_QUIET_MS) == 0);
    for (int fd = caller + 1; fd <= last; fd++)
        (void)close(fd);
    CHECK(habit_poll(listener, POLLIN, HABIT_BOUND_MS) == POLLIN);
    inbound_check_connected(accept(listener, NULL, NULL), caller, ntohs(at.sin_port));
}

/* Somebody has to wait for who comes. */
static void no_thread_can_be_had(void)
{
    const struct rlimit none = { 0, 0 };
    inbound_use_bind();
    int fd = inbound_bound("0.0.0.0", 0);
    CHECK(setrlimit(RLIMIT_NPROC, &none) == 0 && (geteuid() != 0 || setuid(NOBODY) == 0));
    CHECK(listen(fd, 1) == -1 && errno == ENOBUFS);
    CHECK(lab_wait_for_living(0));
}

/* ---- who waits ---- */

static void *accept_there(void *context)
{
    struct listening *l = context;
    l->result = accept(l->fd, NULL, NULL);
    l->error = errno;
    return NULL;
}

/* So threads that accept are woken, whether they sleep already or not. */
static void shutdown_wakes(void)
{
    struct listening l;
    inbound_use_bind();
    l.fd = inbound_listening(0);
    CHECK(pthread_create(&l.thread, NULL, accept_there, &l) == 0);
    CHECK(shutdown(l.fd, SHUT_RDWR) == 0 && pthread_join(l.thread, NULL) == 0);
    CHECK(l.result == -1 && l.error == EINVAL);
    CHECK(close(l.fd) == 0 && lab_wait_for_living(0));
}

static void two_threads_accept(void)
{
    static struct listening two[2];
    inbound_use_bind();
    int listener = inbound_listening(0);
    for (int i = 0; i < 2; i++) {
        two[i].fd = listener;
        CHECK(pthread_create(&two[i].thread, NULL, accept_there, &two[i]) == 0);
    }
    for (unsigned i = 0, last = 0, port; i < 2; i++, last = port) {
        for (int tries = 0; (port = inbound_port(listener)) == last; tries++, lab_pause_ms(10))
            CHECK(tries < HABIT_BOUND_MS / 10);
        lab_connect("127.0.0.1", port);
    }
    for (int i = 0; i < 2; i++)
        CHECK(pthread_join(two[i].thread, NULL) == 0 && two[i].result >= 0);
    CHECK(two[0].result != two[1].result);
}

LAB_BY_RELAY({ "number_becomes_a_file", LAB_HONEST, LAB_BIND_WAITS, number_becomes_a_file },
             { "number_becomes_another_socket", LAB_HONEST, LAB_BIND_WAITS,
               number_becomes_another_socket },
             { "number_is_closed", LAB_HONEST, LAB_BIND_WAITS, number_is_closed },
             { "last_number_is_enough", LAB_HONEST, 0, last_number_is_enough },
             { "no_number_is_free", LAB_HONEST, 0, no_number_is_free },
             { "none_is_free_when_it_comes", LAB_HONEST, 0, none_is_free_when_it_comes,
               .no_relay = true },
             { "no_thread_can_be_had", LAB_HONEST, 0, no_thread_can_be_had },
             { "shutdown_wakes", LAB_HONEST, 0, shutdown_wakes },
             { "two_threads_accept", LAB_HONEST, 0, two_threads_accept })

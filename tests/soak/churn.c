/* A program that is run under the shim for a long time: connections of all kinds, several at once,
 * each with a peer of tests/soak/mirror.c.
 *   churn TARGET THREADS SEED
 * For each number N on standard input it does so for N seconds, and prints how many connections
 * there were and how many faults, which have a line each on standard error. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/endpoint.h"
#include "tests/soak/pump.h"

enum { THREADS_MAX = 64, CONNECT_MS = 30000, UP_TO = 22 };

static struct sockaddr_in target;
static uint64_t until;
static _Atomic unsigned long connections, faults;

static void report(const struct soak_plan *plan, const char *what)
{
    faults++;
    fprintf(stderr, "script %u, seed %llx: %s (%m)\n", plan->script, (unsigned long long)plan->seed,
            what);
}

/* ---- connections ------------------------------------------------------------------------------ */

static bool await(int fd)
{
    int error = 0;
    socklen_t len = sizeof error;
    struct pollfd one = { .fd = fd, .events = POLLOUT };
    if (poll(&one, 1, CONNECT_MS) != 1)
        return false;
    bool told = getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0;
    errno = error;
    return told && error == 0;
}

/* Blocking or not; -1 where it fails. */
static int dial(const struct soak_plan *plan)
{
    bool blocks = (plan->seed & 1) != 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (blocks ? 0 : SOCK_NONBLOCK), 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&target, sizeof target) == 0 ||
        (!blocks && errno == EINPROGRESS && await(fd)))
        return fd;
    close(fd);
    return -1;
}

/* Small ones are as likely as large ones. */
static uint64_t draw_size(uint64_t *random)
{
    return soak_below(random, UINT64_C(1) << soak_below(random, UP_TO));
}

static struct soak_plan draw_plan(uint64_t *random)
{
    struct soak_plan plan = {
        .seed = soak_random(random),
        .script = (uint32_t)soak_below(random, SOAK_SCRIPTS),
        .up = 1 + draw_size(random),
        .down = 1 + draw_size(random),
    };
    if (plan.script == SOAK_EXIT || plan.script == SOAK_EXECUTE)
        plan.down = 0;
    uint64_t least = plan.up < plan.down ? plan.up : plan.down;
    plan.stop = soak_below(random, least + 1);
    return plan;
}

/* ---- scripts ---------------------------------------------------------------------------------- */

static void check(const struct soak_plan *plan, const struct soak_pump *pump, enum soak_end end)
{
    if (end != SOAK_ENDED)
        report(plan, soak_end_text(end));
    else if (pump->received != plan->down)
        report(plan, "ended too early");
}

static void go_on(const struct soak_plan *plan, struct soak_pump *pump)
{
    pump->stop = UINT64_MAX;
    check(plan, pump, soak_pump(pump));
}

/* Its side of a fork; the faults are those of a child. */
static void go_on_in_child(const struct soak_plan *plan, struct soak_pump *pump)
{
    faults = 0;
    if (plan->script == SOAK_FORK_CHILD)
        go_on(plan, pump);
    _exit(faults != 0);
}

static void forked(const struct soak_plan *plan, struct soak_pump *pump)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        go_on_in_child(plan, pump);
    if (plan->script == SOAK_FORK_PARENT)
        go_on(plan, pump);
    close(pump->fd);
    pump->fd = -1;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        report(plan, "the child failed");
}

/* In a child of its own that writes all without looking at what comes, and ends. */
static void end_at_once(const struct soak_plan *plan, struct soak_pump *pump)
{
    static char *const words[] = { "true", NULL };
    fcntl(pump->fd, F_SETFL, 0);
    while (pump->sent < plan->up) {
        pump->to_send = plan->up;
        pump->stop = pump->sent + 1;
        if (soak_pump(pump) == SOAK_CUT)
            _exit(1);
    }
    if (plan->script == SOAK_EXECUTE)
        execv("/bin/true", words);
    _exit(0);
}

static void play(const struct soak_plan *plan)
{
    struct soak_pump pump = {
        .random = plan->seed + 3,
        .seed_out = plan->seed,
        .seed_in = plan->seed + 1,
        .to_send = plan->up,
        .stop = plan->script == SOAK_WHOLE || plan->script == SOAK_RESET_BY_THEM ? UINT64_MAX
                                                                                 : plan->stop,
    };
    pump.fd = dial(plan);
    if (pump.fd < 0 || send(pump.fd, plan, sizeof *plan, MSG_NOSIGNAL) != sizeof *plan) {
        report(plan, "no connection");
        return;
    }
    if (plan->script == SOAK_EXIT || plan->script == SOAK_EXECUTE)
        end_at_once(plan, &pump);
    enum soak_end end = soak_pump(&pump);
    if (end == SOAK_WRONG || end == SOAK_STUCK)
        report(plan, soak_end_text(end));
    else if (plan->script == SOAK_WHOLE)
        check(plan, &pump, end);
    else if (plan->script == SOAK_RESET_BY_US)
        soak_reset_at_close(pump.fd);
    else if (plan->script == SOAK_RESET_BY_THEM && end != SOAK_CUT)
        report(plan, "a reset that was none");
    else if (plan->script == SOAK_KILLED)
        kill(getpid(), SIGKILL);
    else if (plan->script == SOAK_FORK_CHILD || plan->script == SOAK_FORK_PARENT)
        forked(plan, &pump);
    if (pump.fd >= 0)
        close(pump.fd);
}

/* Those that end their process have one of their own. */
static void play_apart(const struct soak_plan *plan)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        faults = 0;
        play(plan);
        _exit(faults != 0);
    }
    bool ended = child > 0 && waitpid(child, &status, 0) == child;
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (!ended || (plan->script == SOAK_KILLED ? !killed : status != 0))
        report(plan, "the process of its own failed");
}

/* ---- the whole -------------------------------------------------------------------------------- */

static void *churn(void *random)
{
    while (now_ns() < until) {
        struct soak_plan plan = draw_plan(random);
        connections++;
        if (plan.script == SOAK_EXIT || plan.script == SOAK_EXECUTE || plan.script == SOAK_KILLED)
            play_apart(&plan);
        else
            play(&plan);
    }
    return NULL;
}

static void churn_all(uint64_t *randoms, unsigned threads)
{
    pthread_t all[THREADS_MAX];
    for (unsigned i = 0; i < threads; i++)
        if ((errno = pthread_create(&all[i], NULL, churn, &randoms[i])) != 0)
            fail("pthread_create");
    for (unsigned i = 0; i < threads; i++)
        pthread_join(all[i], NULL);
}

int main(int argc, char **argv)
{
    static uint64_t randoms[THREADS_MAX];
    unsigned seconds;
    if (argc != 4)
        return 2;
    target = endpoint(argv[1]);
    unsigned threads = (unsigned)atoi(argv[2]);
    if (threads < 1 || threads > THREADS_MAX)
        return 2;
    for (unsigned i = 0; i < threads; i++)
        randoms[i] = strtoull(argv[3], NULL, 10) * THREADS_MAX + i;
    while (scanf("%u", &seconds) == 1) {
        until = now_ns() + seconds * UINT64_C(1000000000);
        churn_all(randoms, threads);
        printf("%lu %lu\n", connections, faults);
        fflush(stdout);
    }
    return 0;
}

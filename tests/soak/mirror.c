/* The peer of tests/soak/churn.c: takes each connection's plan, plays its part, and says what was
 * not as it should be.
 *   mirror ADDRESS:PORT FILE
 * A line for each fault goes to the file. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/endpoint.h"
#include "tests/soak/pump.h"

static bool take_plan(int fd, struct soak_plan *plan)
{
    return recv(fd, plan, sizeof *plan, MSG_WAITALL) == sizeof *plan;
}

/* What each script may end with. */
static bool is_fair(const struct soak_plan *plan, const struct soak_pump *pump, enum soak_end end)
{
    bool is_whole = end == SOAK_ENDED && pump->received == plan->up;
    switch (plan->script) {
    case SOAK_RESET_BY_US:
        return end == SOAK_CUT;
    case SOAK_RESET_BY_THEM:
        return end == SOAK_STOPPED || end == SOAK_CUT;
    case SOAK_KILLED: /* as the kernel ends it: by the end, or by a reset where bytes were unread */
        return end == SOAK_ENDED || end == SOAK_CUT;
    case SOAK_EXIT:
    case SOAK_EXECUTE: /* nobody is left to read what comes */
        return pump->received == plan->up && (end == SOAK_ENDED || end == SOAK_CUT);
    default:
        return is_whole;
    }
}

static void serve(int fd)
{
    struct soak_plan plan;
    if (!take_plan(fd, &plan))
        return; /* the program was killed, or ended, before it said what for */
    struct soak_pump pump = {
        .fd = fd,
        .random = plan.seed + 2,
        .seed_out = plan.seed + 1,
        .seed_in = plan.seed,
        .to_send = plan.down,
        .stop = plan.script == SOAK_RESET_BY_THEM ? plan.stop : UINT64_MAX,
    };
    enum soak_end end = soak_pump(&pump);
    if (plan.script == SOAK_RESET_BY_THEM)
        soak_reset_at_close(fd);
    if (!is_fair(&plan, &pump, end))
        printf("script %u, seed %llx: %s after %llu of %llu bytes up, %llu of %llu down\n",
               plan.script, (unsigned long long)plan.seed, soak_end_text(end),
               (unsigned long long)pump.received, (unsigned long long)plan.up,
               (unsigned long long)pump.sent, (unsigned long long)plan.down);
}

static void *serve_in_thread(void *fd)
{
    serve((int)(intptr_t)fd);
    close((int)(intptr_t)fd);
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 3 || freopen(argv[2], "w", stdout) == NULL)
        return 2;
    struct sockaddr_in at = endpoint(argv[1]);
    int one = 1;
    int listener = tcp_socket();
    setvbuf(stdout, NULL, _IOLBF, 0);
    raise_descriptor_limit();
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (const struct sockaddr *)&at, sizeof at) < 0 || listen(listener, 4096) < 0)
        fail(argv[1]);
    for (;;) {
        pthread_t thread;
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        errno = pthread_create(&thread, NULL, serve_in_thread, (void *)(intptr_t)fd);
        if (errno != 0)
            fail("pthread_create");
        pthread_detach(thread);
    }
}

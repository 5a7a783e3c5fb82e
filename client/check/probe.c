/* One look at a proxy. */
#include "client/check/probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/session/pipeline.h"

/* ---- time ---- */

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* The shortest time from a send to the first byte behind it: a round trip to the first hop. */
static struct {
    double sent;
    double shortest; /* 0: none yet */
} round_trip;

static ssize_t timed_send(int fd, const void *bytes, size_t len, int flags)
{
    round_trip.sent = now_ms();
    return s5a_io_libc.send(fd, bytes, len, flags);
}

static ssize_t timed_recv(int fd, void *bytes, size_t len, int flags)
{
    ssize_t got = s5a_io_libc.recv(fd, bytes, len, flags);
    double elapsed = now_ms() - round_trip.sent;
    if (got > 0 && round_trip.sent > 0) {
        if (round_trip.shortest == 0 || elapsed < round_trip.shortest)
            round_trip.shortest = elapsed;
        round_trip.sent = 0;
    }
    return got;
}

static struct s5a_io timed_io(void)
{
    struct s5a_io io = s5a_io_libc;
    io.send = timed_send;
    io.recv = timed_recv;
    return io;
}

/* ---- hops ---- */

static struct s5a_probe *current;

static void note_passed(const struct s5a_chain_report *report)
{
    if (current->passed_count < S5A_HOPS_MAX)
        current->passed[current->passed_count++] =
            (struct s5a_passed){ report->proxy, report->method, report->login };
}

/* ---- one attempt ---- */

static int connect_any(const struct s5a_io *io, const struct s5a_resolved *resolved,
                       uint64_t deadline, int *fd)
{
    int error = -EHOSTUNREACH;
    for (unsigned i = 0; i < resolved->count; i++) {
        const struct s5a_sockaddr *to = &resolved->list[i];
        *fd = io->socket(to->at.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (*fd < 0)
            return -errno;
        error = s5a_dial_connect(io, *fd, to, deadline);
        if (error == 0)
            return 0;
        io->close(*fd);
    }
    return error;
}

static int connect_first(const struct s5a_io *io, const struct s5a_proxy *first, uint64_t deadline,
                         int *fd, struct s5a_chain_report *report)
{
    struct s5a_resolved resolved;
    int error = s5a_resolve(io, &first->at, &resolved);
    if (error == 0)
        error = connect_any(io, &resolved, deadline, fd);
    if (error != 0)
        snprintf(report->reason, sizeof report->reason, "connecting: %s", strerror(-error));
    return error;
}

/* One connection: the times are those of the last one. */
static void connect_and_ask(const struct s5a_check *check, const struct s5a_proxy *proxy,
                            uint64_t deadline, struct s5a_probe *probe)
{
    struct s5a_io io = timed_io();
    double start = now_ms();
    int fd = -1;
    round_trip.sent = round_trip.shortest = 0;
    probe->report.proxy = s5a_chain_first(check->proxy);
    probe->error = -connect_first(&io, probe->report.proxy, deadline, &fd, &probe->report);
    probe->connect_ms = now_ms() - start;
    if (probe->error == 0) {
        struct s5a_chain_goal goal = {
            &io, check->config->state_dir, proxy, &check->target, &probe->report, NULL
        };
        current = probe;
        probe->report.passed = note_passed;
        probe->passed_count = 0;
        probe->error = -s5a_chain_run(&goal, fd, deadline, false);
        probe->answer_ms = now_ms() - start - probe->connect_ms;
        io.close(fd);
    }
    probe->round_trip_ms = round_trip.shortest;
}

struct s5a_probe s5a_probe_run(const struct s5a_check *check, enum s5a_pipeline pipeline,
                               uint64_t ms)
{
    struct s5a_probe probe = { .report = { .method = -1, .rep = -1, .login = { .rep = -1 } } };
    struct s5a_proxy proxy = *check->proxy; /* borrows all but the password */
    proxy.pipeline = pipeline;
    uint64_t deadline = s5a_now() + ms;
    if (check->without_ticket)
        probe.report.ticketless = &proxy;
    do
        connect_and_ask(check, &proxy, deadline, &probe);
    while (probe.error == EAGAIN); /* a key was fetched, a ticket refused */
    if (probe.report.proxy == &proxy)
        probe.report.proxy = check->proxy;
    s5a_secret_wipe(&proxy.password);
    return probe;
}

bool s5a_probe_is_answered(const struct s5a_check *check, const struct s5a_probe *probe)
{
    return probe->report.proxy == check->proxy && probe->report.rep >= 0;
}

/* ---- early bytes ---- */

const char *s5a_probe_early_bytes(const struct s5a_check *check, const struct s5a_probe *plain)
{
    if (s5a_proxy_eaf_method(check->proxy) >= 0)
        return "the log-in goes out with the greeting, as EAF has it";
    if (!s5a_session_can_pipeline(check->proxy))
        return "not used, since two methods are on offer";
    if (check->proxy->pipeline == S5A_PIPELINE_OFF)
        return "not used, as configured";
    uint64_t patience =
        S5A_PIPELINE_TRIAL_MS + 2 * (uint64_t)(plain->connect_ms + plain->answer_ms);
    struct s5a_probe early = s5a_probe_run(check, S5A_PIPELINE_ON, patience);
    bool is_taken = early.report.proxy == check->proxy && early.report.rep == plain->report.rep;
    bool is_kept = s5a_pipeline_remember(check->config->state_dir, check->proxy,
                                         is_taken ? S5A_PIPELINE_TAKES : S5A_PIPELINE_DROPS);
    if (is_taken)
        return is_kept ? "taken: one round trip less" : "taken, but nowhere to remember it";
    return check->proxy->pipeline == S5A_PIPELINE_ON ? "NOT taken, although `pipeline = on`"
                                                     : "not taken";
}

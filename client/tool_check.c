/* socks5a-check: dials the proxy as a program would and says what it found. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/session/chain.h"
#include "client/session/pipeline.h"
#include "protocol/greeting.h"

enum { WORKS = 0, FAILS = 1, USAGE = 2 };

/* A name that no resolver may know (RFC 6761, section 6.4), so that the request touches nobody. */
#define NOBODY "socks5a-check.invalid"

struct options {
    const char *proxy;
    const char *target;
};

struct check {
    const struct s5a_config *config;
    const struct s5a_proxy *proxy;
    struct s5a_target target;
    bool given; /* the target is the user's: it must be reached */
};

struct outcome {
    int error; /* errno; 0: the stream is open */
    double connect_ms;
    double answer_ms;
    struct s5a_chain_report report;
};

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

static struct outcome attempt(const struct check *check, enum s5a_pipeline pipeline, uint64_t ms)
{
    struct outcome outcome = { .report = { .method = -1, .rep = -1 } };
    struct s5a_io io = timed_io();
    struct s5a_proxy proxy = *check->proxy; /* borrows all but the password */
    proxy.pipeline = pipeline;
    uint64_t deadline = s5a_now() + ms;
    double start = now_ms();
    int fd = -1;
    outcome.report.proxy = s5a_chain_first(check->proxy);
    outcome.error = -connect_first(&io, outcome.report.proxy, deadline, &fd, &outcome.report);
    outcome.connect_ms = now_ms() - start;
    if (outcome.error == 0) {
        outcome.error = -s5a_chain_run(&io, fd, check->config, &proxy, &check->target, deadline,
                                       false, &outcome.report);
        outcome.answer_ms = now_ms() - start - outcome.connect_ms;
        io.close(fd);
    }
    if (outcome.report.proxy == &proxy)
        outcome.report.proxy = check->proxy;
    s5a_secret_wipe(&proxy.password);
    return outcome;
}

/* ---- what it says ---- */

static void say_chain(const struct s5a_proxy *proxy)
{
    if (proxy->via) {
        say_chain(proxy->via);
        printf(" > ");
    }
    printf("%s (%s)", proxy->name, proxy->where);
}

static const char *method_text(int method)
{
    switch (method) {
    case S5A_METHOD_NONE:
        return "00, no authentication";
    case S5A_METHOD_PASSWORD:
        return "02, user name and password";
    default:
        return "ff, none of those on offer";
    }
}

static void say_target(const struct check *check)
{
    char text[S5A_ADDRESS_TEXT_CAP];
    s5a_address_format(&check->target.address, text, sizeof text);
    printf(check->target.address.type == S5A_ATYP_IPV6 ? "[%s]:%u" : "%s:%u", text,
           check->target.port);
}

static void say_request(const struct check *check, int rep)
{
    printf("request:       ");
    say_target(check);
    printf(": REP %02x, %s\n", (unsigned)rep, s5a_rep_text((uint8_t)rep));
}

static void say_outcome(const struct check *check, const struct outcome *outcome)
{
    const struct s5a_chain_report *report = &outcome->report;
    if (outcome->connect_ms > 0 && (outcome->error == 0 || outcome->answer_ms > 0))
        printf("connected:     in %.2f ms\n", outcome->connect_ms);
    if (report->proxy != check->proxy) /* what follows is about the last proxy */
        return;
    if (report->method >= 0)
        printf("method:        %s\n", method_text(report->method));
    if (report->method == S5A_METHOD_PASSWORD && report->rep >= 0)
        printf("log-in:        accepted\n");
    if (round_trip.shortest > 0)
        printf("round trip:    %.2f ms\n", round_trip.shortest);
    if (report->rep >= 0)
        say_request(check, report->rep);
}

static bool is_good(const struct check *check, const struct outcome *outcome)
{
    bool is_answered = outcome->report.proxy == check->proxy && outcome->report.rep >= 0;
    return outcome->error == 0 || (!check->given && is_answered);
}

/* ---- early bytes ---- */

/* Once the proxy has answered the plain way, the same request with its greeting shows whether it
 * takes early bytes. */
static const char *probe_early_bytes(const struct check *check, const struct outcome *plain)
{
    if (!s5a_session_can_pipeline(check->proxy))
        return "not used, since two methods are on offer";
    if (check->proxy->pipeline == S5A_PIPELINE_OFF)
        return "not used, as configured";
    uint64_t patience =
        S5A_PIPELINE_TRIAL_MS + 2 * (uint64_t)(plain->connect_ms + plain->answer_ms);
    struct outcome early = attempt(check, S5A_PIPELINE_ON, patience);
    bool is_taken = early.report.proxy == check->proxy && early.report.rep == plain->report.rep;
    bool is_kept = s5a_pipeline_remember(check->config->state_dir, check->proxy,
                                         is_taken ? S5A_PIPELINE_TAKES : S5A_PIPELINE_DROPS);
    if (is_taken)
        return is_kept ? "taken: one round trip less" : "taken, but nowhere to remember it";
    return check->proxy->pipeline == S5A_PIPELINE_ON ? "NOT taken, although `pipeline = on`"
                                                     : "not taken";
}

static int run(const struct check *check)
{
    const char *source = check->config->source;
    printf("configuration: %s\n", source ? source : "no file");
    printf("proxy:         ");
    say_chain(check->proxy);
    putchar('\n');
    fflush(stdout);
    struct outcome plain = attempt(check, S5A_PIPELINE_OFF, check->config->connect_timeout);
    say_outcome(check, &plain);
    if (plain.report.proxy == check->proxy && plain.report.rep >= 0) {
        fflush(stdout);
        printf("early bytes:   %s\n", probe_early_bytes(check, &plain));
    }
    if (is_good(check, &plain)) {
        printf("result:        the proxy works\n");
        return WORKS;
    }
    printf("result:        FAILS at %s: %s (%s)\n", plain.report.proxy->name, plain.report.reason,
           strerrorname_np(plain.error));
    return FAILS;
}

/* ---- the command line ---- */

static int complain(const char *what, const char *about)
{
    fprintf(stderr, "socks5a-check: %s%s\n", what, about);
    return USAGE;
}

static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {
        { "proxy", required_argument, NULL, 'p' },
        { "target", required_argument, NULL, 't' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        { NULL, 0, NULL, 0 },
    };
    int option;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 'p') {
            options->proxy = optarg;
        } else if (option == 't') {
            options->target = optarg;
        } else if (option == 'h') {
            puts("usage: socks5a-check [--proxy NAME] [--target HOST:PORT]\n"
                 "Dials the configured proxy and says what it found. Exit status: 0 it works,\n"
                 "1 it does not, 2 usage or configuration.");
            exit(WORKS);
        } else if (option == 'V') {
            puts("socks5a-check " S5A_VERSION_TEXT);
            exit(WORKS);
        } else {
            return USAGE; /* getopt has said why */
        }
    }
    return optind == argc ? WORKS : complain("unexpected argument: ", argv[optind]);
}

/* An endpoint, but with a port of its own. */
static bool parse_target(struct s5a_target *out, const char *text)
{
    struct s5a_endpoint endpoint;
    size_t len = strlen(text);
    if (s5a_endpoint_parse(&endpoint, (struct s5a_span){ (const uint8_t *)text, len }) != S5A_OK)
        return false;
    bool names_default = len > 5 && strcmp(text + len - 5, ":1080") == 0;
    if (endpoint.port == 0 || (endpoint.port == S5A_PORT_SOCKS && !names_default))
        return false;
    *out = (struct s5a_target){ endpoint.address, endpoint.port };
    return true;
}

static const struct s5a_proxy *find_proxy(const struct s5a_config *config, const char *name)
{
    if (name == NULL)
        return config->default_proxy;
    for (const struct s5a_proxy *proxy = config->proxies; proxy; proxy = proxy->next)
        if (strcmp(proxy->name, name) == 0)
            return proxy;
    return NULL;
}

static int check_config(const struct s5a_config *config, const struct options *options)
{
    struct check check = { .config = config, .given = options->target != NULL };
    s5a_log_setup(config->log_level, config->log_file);
    check.proxy = find_proxy(config, options->proxy);
    if (check.proxy == NULL)
        return complain("no such proxy is configured: ",
                        options->proxy ? options->proxy : "(default)");
    if (!parse_target(&check.target, check.given ? options->target : NOBODY ":9"))
        return complain("HOST:PORT expected, not ", options->target);
    return run(&check);
}

static const char *environment(const char *name)
{
    return getenv(name);
}

int main(int argc, char **argv)
{
    struct options options = { NULL, NULL };
    struct s5a_config *config;
    char error[512];
    int status = parse_options(argc, argv, &options);
    if (status != WORKS)
        return status;
    if (s5a_config_load(&config, environment, error, sizeof error) != S5A_OK)
        return complain(error, "");
    status = check_config(config, &options);
    s5a_config_free(config);
    return status;
}

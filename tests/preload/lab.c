/* The laboratory of the preload tests: cases, children and their verdicts. */
#include "tests/preload/lab.h"

#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "tests/preload/lab_environment.h"
#include "tests/preload/lab_link.h"
#include "tests/preload/lab_place.h"
#include "tests/preload/lab_proxy.h"
#include "tests/preload/lab_tol.h"

enum { FAILED = LAB_FAILED, SKIPPED = LAB_SKIPPED, LIMIT_S = 30, JOBS = 8 };

enum run { SHIM, KERNEL, RELAY, RUNS };

static const char *const run_names[RUNS] = { "shim", "kernel", "relay" };

static const char *self;
static const char *argument;
static const char *label = "lab"; /* of what is run, for what is said of it */

_Noreturn void lab_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "# %s%s: %s:%d: %s (errno: %s)\n", label, lab_is_native() ? " (kernel)" : "",
            file, line, what, strerror(errno));
    _exit(FAILED);
}

_Noreturn void lab_skip(const char *why)
{
    fprintf(stderr, "# skipped: %s\n", why);
    _exit(SKIPPED);
}

const char *lab_self(void)
{
    return self;
}

const char *lab_argument(void)
{
    return argument;
}

static void start_child(const struct lab_case *one, const struct lab_server *server,
                        const char *directory)
{
    setpgid(0, 0);
    lab_environment_set(one, server, directory);
    signal(SIGPIPE, SIG_DFL);
    alarm(LIMIT_S);
    execl(self, self, "--case", one->name, (char *)NULL);
    lab_fail(__FILE__, __LINE__, "exec of the child");
}

static pid_t child_group; /* what a case that failed leaves behind is ended with it */

/* Its alarm ends it; not so if it blocks all signals and waits for ever. */
static void wait_bounded(pid_t child)
{
    struct pollfd end = { .fd = pidfd_open(child, 0), .events = POLLIN };
    if (end.fd < 0)
        return;
    if (poll(&end, 1, (LIMIT_S + 2) * 1000) == 0)
        kill(-child, SIGKILL);
    close(end.fd);
}

static int run_child(const struct lab_case *one, const struct lab_server *server,
                     const char *directory)
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        start_child(one, server, directory);
    child_group = child;
    wait_bounded(child);
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        fprintf(stderr, "# %s: killed by signal %d\n", one->name, WTERMSIG(status));
    return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

/* What the proxy saw; 0 or FAILED. */
static int check_proxy(const struct lab_case *one, struct lab_server *server)
{
    const char *asked = lab_server_asked(server);
    if (one->asked != NULL && strcmp(asked, one->asked) != 0) {
        fprintf(stderr, "# %s: the proxy was asked for \"%s\", expected \"%s\"\n", one->name, asked,
                one->asked);
        return FAILED;
    }
    return 0;
}

static int check_taken(const struct lab_case *one, long taken)
{
    if (one->taken == 0 || taken == one->taken)
        return 0;
    fprintf(stderr, "# %s: the target took %ld bytes, expected %ld\n", one->name, taken,
            one->taken);
    return FAILED;
}

static int run_with_shim(const struct lab_case *one, const char *directory, bool over_tol)
{
    struct lab_server *server = lab_server_start(one->proxy, one->arg, directory, over_tol);
    int result = run_child(one, server, directory);
    lab_server_stop(server);
    if (result == 0 && lab_tol_faults() > 0)
        result = FAILED;
    return result != 0 ? result : check_proxy(one, server);
}

static int run_with_kernel(const struct lab_case *one, const char *directory)
{
    const char *missing = lab_link_start();
    if (missing != NULL) {
        fprintf(stderr, "# %s (kernel): skipped: %s\n", one->name, missing);
        return SKIPPED;
    }
    int result = run_child(one, NULL, directory);
    if (!lab_place_all_ended())
        fprintf(stderr, "# a connection to a place outlived the case\n");
    return result;
}

static const char *verdict(int result)
{
    return result == 0 ? "ok" : result == SKIPPED ? "skip" : "not ok";
}

/* FAILED or 0, and its line. */
static int run_case(const struct lab_case *one, enum run run)
{
    const char *slash = strrchr(self, '/');
    char directory[] = "/tmp/s5a-lab-XXXXXX", line[256], by[16] = "";
    if (mkdtemp(directory) == NULL)
        return FAILED;
    lab_place_init(directory);
    int result = run == KERNEL ? run_with_kernel(one, directory)
                               : run_with_shim(one, directory, run == RELAY);
    if (child_group > 0)
        kill(-child_group, SIGKILL);
    lab_place_remove(directory);
    if (result == 0)
        result = check_taken(one, lab_place_taken());
    if (one->proxy == LAB_PLACES || one->proxy == LAB_PLACES_KERNEL || run == RELAY)
        snprintf(by, sizeof by, " (%s)", run_names[run]);
    int len = snprintf(line, sizeof line, "%s %s/%s%s\n", verdict(result),
                       slash == NULL ? self : slash + 1, one->name, by);
    (void)!write(STDOUT_FILENO, line, (size_t)len); /* whole, among those of other jobs */
    return result == SKIPPED ? 0 : result;
}

/* ---- jobs: one run of one case each ----------------------------------------------------------- */

static int running;

/* FAILED or 0 */
static int end_jobs(int at_most)
{
    int status, result = 0;
    while (running > at_most) {
        if (wait(&status) < 0)
            return FAILED;
        running--;
        result |= status != 0 ? FAILED : 0;
    }
    return result;
}

/* Cases of places mostly wait, several at once; the others have the machine for themselves. */
static int start_job(const struct lab_case *one, enum run run)
{
    int others = lab_proxy_has_places(one->proxy) && !one->is_heavy ? JOBS - 1 : 0;
    int result = end_jobs(others);
    pid_t job = fork();
    if (job == 0)
        _exit(run_case(one, run));
    running += job > 0;
    return (job > 0 ? result : FAILED) | (others == 0 ? end_jobs(0) : 0);
}

static bool has_relay(const struct lab_case *one, const struct lab_program *program)
{
    bool is_plain =
        one->proxy == LAB_HONEST || one->proxy == LAB_SINK || one->proxy == LAB_EARLY_DATA;
    bool adds = one->environment != NULL && strcmp(one->environment, LAB_ADDS) == 0;
    if (one->no_relay || (one->environment != NULL && !adds))
        return false;
    return one->proxy == LAB_PLACES || (adds && one->proxy == LAB_PLACES_SHIM) ||
           (is_plain && program->by_relay);
}

static bool has_run(const struct lab_case *one, const struct lab_program *program, enum run run)
{
    if (run == KERNEL)
        return one->proxy == LAB_PLACES || one->proxy == LAB_PLACES_KERNEL;
    if (run == RELAY)
        return has_relay(one, program) || one->proxy == LAB_TAMPERED;
    return one->proxy != LAB_PLACES_KERNEL && one->proxy != LAB_TAMPERED;
}

/* `word`: the run asked for, or NULL: all */
static int start_jobs(const struct lab_case *one, const struct lab_program *program,
                      const char *word)
{
    int result = 0;
    for (enum run run = 0; run < RUNS; run++)
        if (has_run(one, program, run) && (word == NULL || strcmp(word, run_names[run]) == 0))
            result |= start_job(one, run);
    return result;
}

static const struct lab_case *find_case(const char *name, const struct lab_program *program)
{
    for (size_t i = 0; i < program->count; i++)
        if (strcmp(program->cases[i].name, name) == 0)
            return &program->cases[i];
    lab_fail(__FILE__, __LINE__, "there is such a case");
}

static int run_cases(const char *name, const char *word, const struct lab_program *program)
{
    int failed = 0;
    for (const struct lab_case *one = program->cases; one < program->cases + program->count; one++)
        if (one->proxy != LAB_INNER && (name[0] == '\0' || strcmp(name, one->name) == 0))
            failed |= start_jobs(one, program, word);
    return failed | end_jobs(0);
}

/* PROGRAM [CASE|"" [kernel|shim|relay]], or one case in a child: --case CASE [WORD] */
int lab_main(int argc, char **argv, const struct lab_program *program)
{
    self = argv[0];
    if (argc >= 3 && strcmp(argv[1], "--case") == 0) {
        label = argv[2];
        argument = argv[3];
        if (getenv("LAB_PLACES") != NULL) /* not in a program started with no environment */
            lab_place_map();
        find_case(argv[2], program)->child();
        return 0;
    }
    signal(SIGPIPE, SIG_IGN);
    return run_cases(argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : NULL, program);
}

/* The laboratory of the preload tests: cases, children and their verdicts. */
#include "tests/preload/lab.h"

#include <ftw.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/preload/lab_server.h"

enum { FAILED = 1, SKIPPED = 77, LIMIT_S = 30 };

static const char *self;
static const char *argument;

_Noreturn void lab_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "# %s:%d: %s (errno: %s)\n", file, line, what, strerror(errno));
    _exit(FAILED);
}

_Noreturn void lab_skip(const char *why)
{
    fprintf(stderr, "# skipped: %s\n", why);
    _exit(SKIPPED);
}

void lab_check_status(int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
        _exit(SKIPPED);
    CHECK(!WIFSIGNALED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

void lab_check_child(pid_t child)
{
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    lab_check_status(status);
}

const char *lab_self(void)
{
    return self;
}

const char *lab_argument(void)
{
    return argument;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)info;
    (void)type;
    (void)at;
    return remove(path);
}

static void set_number(const char *name, const char *head, unsigned long number)
{
    char value[64];
    snprintf(value, sizeof value, "%s%lu", head, number);
    setenv(name, value, 1);
}

/* One "NAME=value" with its "@" and "%". */
static void set_line(const char *line, size_t len, const char *directory, const char *library)
{
    char text[1024] = "";
    for (size_t i = 0, used = 0; i < len; i++, used = strlen(text)) {
        const char plain[2] = { line[i], '\0' };
        const char *part = line[i] == '@' ? directory : line[i] == '%' ? library : plain;
        snprintf(text + used, sizeof text - used, "%s", part);
    }
    char *equals = strchr(text, '=');
    if (equals == NULL)
        return;
    *equals = '\0';
    setenv(text, equals + 1, 1);
}

static void set_more(const char *more, const char *directory, const char *library)
{
    while (more != NULL && *more != '\0') {
        size_t len = strcspn(more, "\n");
        set_line(more, len, directory, library);
        more += len + (more[len] == '\n');
    }
}

static void start_child(const struct lab_case *one, const struct lab_server *server,
                        const char *directory)
{
    const char *library = getenv("S5A_LIBRARY");
    if (library == NULL)
        library = "build/libsocks5a-shim.so";
    setenv("SOCKS5A_CONF", "", 1);
    setenv("SOCKS5A_PROXY", lab_server_url(server), 1);
    set_number("LAB_PROXY_PORT", "", lab_server_port(server));
    setenv("SOCKS5A_STATE_DIR", directory, 1);
    setenv("SOCKS5A_TIMEOUT", "5", 0);
    setenv("LD_PRELOAD", library, 1);
    set_more(one->environment, directory, library);
    signal(SIGPIPE, SIG_DFL);
    alarm(LIMIT_S);
    execl(self, self, "--case", one->name, (char *)NULL);
    lab_fail(__FILE__, __LINE__, "exec of the child");
}

static int run_child(const struct lab_case *one, const struct lab_server *server,
                     const char *directory)
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        start_child(one, server, directory);
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        fprintf(stderr, "# killed by signal %d\n", WTERMSIG(status));
    return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

/* What the proxy saw; 0 or FAILED. */
static int check_proxy(const struct lab_case *one, struct lab_server *server)
{
    int result = 0;
    const char *asked = lab_server_asked(server);
    long taken = lab_server_taken(server);
    if (one->asked != NULL && strcmp(asked, one->asked) != 0) {
        fprintf(stderr, "# the proxy was asked for \"%s\", expected \"%s\"\n", asked, one->asked);
        result = FAILED;
    }
    if (one->taken != 0 && taken != one->taken) {
        fprintf(stderr, "# the proxy took %ld bytes, expected %ld\n", taken, one->taken);
        result = FAILED;
    }
    return result;
}

/* FAILED, SKIPPED or 0, and its line. */
static int run_case(const struct lab_case *one)
{
    char directory[] = "/tmp/s5a-lab-XXXXXX";
    if (mkdtemp(directory) == NULL)
        return FAILED;
    struct lab_server *server = lab_server_start(one->proxy, one->arg, directory);
    int result = run_child(one, server, directory);
    lab_server_stop(server);
    nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    if (result == 0)
        result = check_proxy(one, server);
    printf("%s %s/%s\n",
           result == 0         ? "ok"
           : result == SKIPPED ? "skip"
                               : "not ok",
           strrchr(self, '/') == NULL ? self : strrchr(self, '/') + 1, one->name);
    return result == SKIPPED ? 0 : result;
}

static const struct lab_case *find_case(const char *name, const struct lab_case *cases,
                                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(cases[i].name, name) == 0)
            return &cases[i];
    lab_fail(__FILE__, __LINE__, "there is such a case");
}

int lab_main(int argc, char **argv, const struct lab_case *cases, size_t count)
{
    int failed = 0;
    self = argv[0];
    if (argc >= 3 && strcmp(argv[1], "--case") == 0) {
        argument = argv[3];
        find_case(argv[2], cases, count)->child();
        return 0;
    }
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < count; i++)
        if (cases[i].proxy != LAB_INNER && (argc < 2 || strcmp(argv[1], cases[i].name) == 0))
            failed |= run_case(&cases[i]) != 0;
    return failed;
}

/* Runs the tests that criterion.h here has collected, each in a process of its own. */
#include "tests/unit/threads/criterion/criterion.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim/real.h"

enum { SECONDS = 60, JOBS = 4 }; /* most of them wait */

static struct lab_test *tests;

/* The shim's way past the interposed functions leads past the sanitizer's, too, which has to see what
 * becomes of descriptors. Not dup3(): that exchanges what is under a number of the program's, which
 * goes on with it once poll() shows something, and the sanitizer does not know of that order. */
__attribute__((constructor)) static void show_calls(void)
{
    s5a_real.socket = socket;
    s5a_real.connect = connect;
    s5a_real.send = send;
    s5a_real.close = close;
    s5a_real.dup = dup;
    s5a_real.dup2 = dup2;
    s5a_real.fcntl = fcntl;
    s5a_real.epoll_ctl = epoll_ctl;
}

/* The first report ends a test; forked children have lost the threads that they do not join. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "halt_on_error=1:die_after_fork=0:report_thread_leaks=0";
}

void lab_register(struct lab_test *test)
{
    test->next = tests;
    tests = test;
}

void lab_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    _exit(1);
}

static void run_here(const struct lab_test *test)
{
    alarm(SECONDS);
    if (test->of_suite->init != NULL)
        test->of_suite->init();
    test->run();
    if (test->of_suite->fini != NULL)
        test->of_suite->fini();
    exit(0);
}

static pid_t start(const struct lab_test *test)
{
    pid_t child = fork();
    if (child == 0)
        run_here(test);
    return child;
}

static bool passed(const struct lab_test *test, pid_t child)
{
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child)
        return false;
    if (status != 0)
        fprintf(stderr, "%s::%s: wait status %#x\n", test->suite, test->name, (unsigned)status);
    return status == 0;
}

static bool is_chosen(const struct lab_test *test, char **names)
{
    bool any = false;
    for (; *names != NULL; names++) {
        if (strcmp(*names, test->suite) == 0 || strcmp(*names, test->name) == 0)
            return true;
        any = true;
    }
    return !any;
}

int main(int argc, char **argv)
{
    unsigned count[2] = { 0, 0 }; /* failed, passed */
    struct {
        const struct lab_test *test;
        pid_t child;
    } running[JOBS] = { { NULL, 0 } };
    unsigned at = 0;
    (void)argc;
    for (const struct lab_test *test = tests; test != NULL; test = test->next) {
        if (!is_chosen(test, argv + 1))
            continue;
        if (running[at].test != NULL)
            count[passed(running[at].test, running[at].child)]++;
        running[at].test = test;
        running[at].child = start(test);
        at = (at + 1) % JOBS;
    }
    for (at = 0; at < JOBS; at++)
        if (running[at].test != NULL)
            count[passed(running[at].test, running[at].child)]++;
    printf("unit-threads: %u passed, %u failed, 0 skipped\n", count[1], count[0]);
    return count[0] != 0 || count[1] == 0;
}

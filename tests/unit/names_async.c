/* getaddrinfo_a: its answers are there at once, and its notices come all the same. */
#include "shim/names/async.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "tests/unit/names_lab.h"

TestSuite(names_async, .init = lab_set_up, .fini = lab_tear_down);

static void start(struct gaicb *one, struct gaicb *two, int mode, const struct sigevent *event)
{
    struct gaicb *list[] = { one, NULL, two };
    *one = (struct gaicb){ .ar_name = "host.example", .ar_service = "80" };
    *two = (struct gaicb){ .ar_name = "a b" };
    cr_assert_eq(s5a_names_getaddrinfo_a(&lab_names, mode, list, 3, event), 0);
    cr_assert_eq(gai_error(one), 0);
    cr_assert_not_null(one->ar_result);
    cr_assert_eq(gai_error(two), EAI_NONAME);
    cr_assert_null(two->ar_result);
    cr_assert_eq(gai_suspend((const struct gaicb *const *)list, 3, NULL), EAI_ALLDONE);
    cr_assert_eq(gai_cancel(one), EAI_ALLDONE);
    freeaddrinfo(one->ar_result);
}

Test(names_async, getaddrinfo_a_has_the_answers_at_once)
{
    struct gaicb one;
    struct gaicb two;
    start(&one, &two, GAI_WAIT, NULL);
    start(&one, &two, GAI_NOWAIT, NULL);
    start(&one, &two, GAI_NOWAIT, &(struct sigevent){ .sigev_notify = SIGEV_NONE });
    cr_assert_eq(s5a_names_getaddrinfo_a(&lab_names, 7, NULL, 0, NULL), EAI_SYSTEM);
    cr_assert_eq(errno, EINVAL);
}

Test(names_async, getaddrinfo_a_queues_its_signal)
{
    struct gaicb one;
    struct gaicb two;
    sigset_t set;
    siginfo_t info;
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
    event.sigev_value.sival_int = 42;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    cr_assert_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    start(&one, &two, GAI_NOWAIT, &event);
    cr_assert_eq(sigtimedwait(&set, &info, &(struct timespec){ 5, 0 }), SIGRTMIN);
    cr_assert_eq(info.si_code, SI_ASYNCNL);
    cr_assert_eq(info.si_value.sival_int, 42);
}

static int notice_pipe[2];

static void on_notice(union sigval value)
{
    (void)!write(notice_pipe[1], &value.sival_int, sizeof(value.sival_int));
}

Test(names_async, getaddrinfo_a_starts_its_thread, .timeout = 10)
{
    struct gaicb one;
    struct gaicb two;
    int number = 0;
    struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_notice };
    event.sigev_value.sival_int = 42;
    cr_assert_eq(pipe(notice_pipe), 0);
    start(&one, &two, GAI_NOWAIT, &event);
    cr_assert_eq(read(notice_pipe[0], &number, sizeof(number)), sizeof(number));
    cr_assert_eq(number, 42);
}

/* Asking a proxy takes a thread; without one nobody waits for an answer that will not come. */
Test(names_async, without_a_thread_nothing_is_under_way)
{
    struct rlimit limit;
    struct gaicb one = { .ar_name = "host.example" }, *list[] = { &one };
    lab_config.dns_mode = S5A_DNS_RESOLVE;
    cr_assert_eq(unlink(lab_hosts), 0);
    if (geteuid() == 0)
        cr_assert_eq(setuid(65534), 0);
    cr_assert_eq(getrlimit(RLIMIT_NPROC, &limit), 0);
    cr_assert_eq(setrlimit(RLIMIT_NPROC, &(struct rlimit){ 0, limit.rlim_max }), 0);
    int result = s5a_names_getaddrinfo_a(&lab_names, GAI_NOWAIT, list, 1, NULL);
    cr_assert_eq(setrlimit(RLIMIT_NPROC, &limit), 0); /* leak checkers need processes, too */
    cr_assert_eq(result, EAI_AGAIN);
    cr_assert_eq(gai_error(&one), EAI_AGAIN);
}

/* Connects that the engine drives, by the calls of a program on the shim's unit-linked objects. */
#include "shim/engine/engine.h"

#include "tests/unit/socks_lab.h"

#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "shim/engine/keeper.h"
#include "shim/engine/private.h"

static struct lab_proxy *proxy;

static void tear_down(void)
{
    if (proxy != NULL)
        lab_end_proxy(proxy);
}

TestSuite(engine, .fini = tear_down);

Test(engine, connect_is_in_progress_and_then_stands)
{
    proxy = lab_new_proxy(AF_INET, LAB_CONNECTS);
    int fd = lab_socket(SOCK_NONBLOCK);
    cr_assert_eq(lab_connect_and_wait(fd), 0);
    cr_assert_eq(lab_peer(fd), 0);
    lab_echo(fd);
    cr_assert_eq(lab_connect(fd), 0); /* the second is told of it, as by the kernel */
    cr_assert_eq(lab_connect(fd), -EISCONN);
    cr_assert_eq(s5a_close(fd), 0);
}

Test(engine, nothing_shows_while_the_proxy_is_silent)
{
    proxy = lab_new_proxy(AF_INET, LAB_IS_SILENT);
    int fd = lab_socket(SOCK_NONBLOCK);
    cr_assert_eq(lab_connect(fd), -EINPROGRESS);
    LAB_UNTIL(proxy->accepted == 1);
    cr_assert_eq(lab_poll(fd, POLLIN | POLLOUT | POLLRDHUP, 0), 0);
    cr_assert_eq(lab_connect(fd), -EALREADY);
    cr_assert_eq(lab_peer(fd), ENOTCONN);
    cr_assert_eq(lab_error(fd), 0);
    lab_set_way(proxy, LAB_CONNECTS);
    cr_assert_eq(lab_poll(fd, POLLOUT, LAB_PATIENCE), POLLOUT);
    cr_assert_eq(lab_error(fd), 0);
    lab_echo(fd);
    cr_assert_eq(s5a_close(fd), 0);
}

static void fails_with(int fd, int error)
{
    cr_assert_eq(lab_connect(fd), -EINPROGRESS);
    cr_assert_neq(lab_poll(fd, POLLOUT, LAB_PATIENCE) & (POLLERR | POLLHUP), 0);
    cr_assert_eq(lab_error(fd), error);
    cr_assert_eq(lab_error(fd), 0);
    cr_assert_eq(lab_peer(fd), ENOTCONN);
    cr_assert_eq(lab_connect(fd), -ECONNABORTED); /* as by the kernel, once */
}

Test(engine, refusal_shows_once_and_the_socket_can_be_used_again)
{
    proxy = lab_new_proxy(AF_INET, LAB_REFUSES);
    int fd = lab_socket(SOCK_NONBLOCK);
    fails_with(fd, ECONNREFUSED);
    proxy->way = LAB_CONNECTS;
    cr_assert_eq(lab_connect_and_wait(fd), 0);
    lab_echo(fd);
    cr_assert_eq(s5a_close(fd), 0);
}

Test(engine, proxy_that_closes_is_a_connection_cut)
{
    proxy = lab_new_proxy(AF_INET, LAB_CLOSES);
    int fd = lab_socket(SOCK_NONBLOCK);
    fails_with(fd, ECONNRESET);
    cr_assert_eq(s5a_close(fd), 0);
}

Test(engine, proxy_that_is_down_refuses)
{
    struct lab_proxy *down = lab_listen(AF_INET, LAB_CONNECTS);
    lab_configure(down->where);
    close(down->listener);
    free(down);
    int fd = lab_socket(SOCK_NONBLOCK);
    fails_with(fd, ECONNREFUSED);
    cr_assert_eq(s5a_close(fd), 0);
}

Test(engine, unix_proxy_connects_by_a_stand_in)
{
    proxy = lab_new_proxy(AF_UNIX, LAB_CONNECTS);
    int fd = lab_socket(SOCK_NONBLOCK);
    cr_assert_eq(lab_connect_and_wait(fd), 0);
    cr_assert_eq(lab_peer(fd), 0);
    int domain = 0;
    socklen_t len = sizeof domain;
    cr_assert_eq(s5a_getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len), 0);
    cr_assert_eq(domain, AF_INET);
    lab_echo(fd);
    cr_assert_eq(s5a_close(fd), 0);
}

Test(engine, shutdown_breaks_it_off)
{
    proxy = lab_new_proxy(AF_INET, LAB_IS_SILENT);
    int fd = lab_socket(SOCK_NONBLOCK);
    cr_assert_eq(lab_connect(fd), -EINPROGRESS);
    LAB_UNTIL(proxy->accepted == 1);
    cr_assert_eq(s5a_shutdown(fd, SHUT_RDWR), 0);
    cr_assert_neq(lab_poll(fd, POLLOUT, 0) & POLLHUP, 0);
    cr_assert_eq(lab_error(fd), ECONNRESET);
    LAB_UNTIL(proxy->ended == 1);
    cr_assert_eq(s5a_close(fd), 0);
}

Test(engine, af_unspec_breaks_it_off_and_the_socket_is_as_new)
{
    proxy = lab_new_proxy(AF_INET, LAB_IS_SILENT);
    int fd = lab_socket(SOCK_NONBLOCK);
    cr_assert_eq(lab_connect(fd), -EINPROGRESS);
    LAB_UNTIL(proxy->accepted == 1);
    cr_assert_eq(lab_disconnect(fd), 0);
    LAB_UNTIL(proxy->ended == 1);
    lab_set_way(proxy, LAB_CONNECTS);
    cr_assert_eq(lab_connect_and_wait(fd), 0);
    lab_echo(fd);
    cr_assert_eq(s5a_close(fd), 0);
}

Test(engine, close_takes_the_connection_to_the_proxy_along)
{
    proxy = lab_new_proxy(AF_INET, LAB_IS_SILENT);
    int fd = lab_socket(SOCK_NONBLOCK);
    cr_assert_eq(lab_connect(fd), -EINPROGRESS);
    LAB_UNTIL(proxy->accepted == 1);
    cr_assert_eq(s5a_close(fd), 0);
    LAB_UNTIL(proxy->ended == 1);
}

/* Whatever comes of them, they leave no descriptor; after the first one the engine has its own. */
static void leaves_nothing(enum lab_way way)
{
    int before = 0;
    for (int i = 0; i < 20; i++) {
        int fd = lab_socket(i % 2 == 0 ? SOCK_NONBLOCK : 0);
        proxy->way = way;
        int failed = lab_connect(fd);
        if (i % 2 == 0)
            cr_assert_neq(lab_poll(fd, POLLOUT, LAB_PATIENCE), 0);
        cr_assert(failed <= 0);
        cr_assert_eq(s5a_close(fd), 0);
        LAB_UNTIL(proxy->ended == proxy->accepted);
        before = i == 0 ? lab_descriptors() : before;
    }
    LAB_UNTIL(lab_descriptors() <= before);
}

Test(engine, no_descriptor_is_left)
{
    proxy = lab_new_proxy(AF_INET, LAB_CONNECTS);
    leaves_nothing(LAB_CONNECTS);
    leaves_nothing(LAB_REFUSES);
    leaves_nothing(LAB_CLOSES);
}

Test(engine, no_descriptor_of_a_stand_in_is_left)
{
    proxy = lab_new_proxy(AF_UNIX, LAB_CONNECTS);
    leaves_nothing(LAB_CONNECTS);
    leaves_nothing(LAB_REFUSES);
}

static void connect_and_close(void)
{
    int fd = lab_socket(SOCK_NONBLOCK);
    cr_assert_eq(lab_connect_and_wait(fd), 0);
    cr_assert_eq(s5a_close(fd), 0);
}

/* A thread sits in epoll_wait(). */
static bool engine_sleeps(void)
{
    DIR *tasks = opendir("/proc/self/task");
    char path[300], text[64];
    bool found = false;
    for (struct dirent *task; (task = readdir(tasks)) != NULL && !found;) {
        snprintf(path, sizeof path, "/proc/self/task/%s/syscall", task->d_name);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t len = file < 0 ? -1 : read(file, text, sizeof text - 1);
        text[len > 0 ? len : 0] = '\0';
        found = atoi(text) == SYS_epoll_wait;
        close(file);
    }
    closedir(tasks);
    return found;
}

Test(engine, stops_when_idle_and_starts_again)
{
    proxy = lab_new_proxy(AF_INET, LAB_CONNECTS);
    int threads = lab_threads(), descriptors = lab_descriptors();
    connect_and_close();
    cr_assert_eq(lab_threads(), threads + 1);
    LAB_UNTIL(lab_threads() == threads);
    LAB_UNTIL(lab_descriptors() == descriptors);
    connect_and_close();
    cr_assert_eq(lab_threads(), threads + 1);
}

Test(engine, stops_when_idle_after_a_close_that_it_takes_no_part_in)
{
    proxy = lab_new_proxy(AF_INET, LAB_STALLS);
    int threads = lab_threads();
    int fd = lab_socket(SOCK_NONBLOCK);
    cr_assert_eq(lab_connect(fd), -EINPROGRESS);
    LAB_UNTIL(proxy->greeted == 1);
    LAB_UNTIL(engine_sleeps());
    cr_assert_eq(s5a_close(fd), 0);
    LAB_UNTIL(lab_threads() == threads);
}

/* As in a child that was forked before connect(): the description lives on, and the engine must not
 * go on to see what comes for it. */
Test(engine, stops_when_idle_though_another_process_holds_the_socket)
{
    proxy = lab_new_proxy(AF_INET, LAB_STALLS);
    int threads = lab_threads();
    int fd = lab_socket(SOCK_NONBLOCK);
    int elsewhere = dup(fd); /* behind the shim's back */
    cr_assert_eq(lab_connect(fd), -EINPROGRESS);
    LAB_UNTIL(proxy->greeted == 1);
    cr_assert_eq(s5a_close(fd), 0);
    lab_end_proxy(proxy);
    proxy = NULL;
    cr_assert_neq(lab_poll(elsewhere, POLLIN, LAB_PATIENCE), 0);
    LAB_UNTIL(lab_threads() == threads - 1);
}

/* ---- blocking calls ---- */

static void *connect_in_thread(void *context)
{
    return (void *)(intptr_t)lab_connect(*(int *)context);
}

Test(engine, blocking_connect_of_a_program_with_threads_stands)
{
    proxy = lab_new_proxy(AF_INET, LAB_CONNECTS);
    int fd = lab_socket(0);
    cr_assert_eq(lab_connect(fd), 0);
    cr_assert_eq(lab_connect(fd), -EISCONN);
    lab_echo(fd);
    cr_assert_eq(s5a_close(fd), 0);
}

Test(engine, blocking_connect_that_fails_leaves_the_socket_as_new)
{
    proxy = lab_new_proxy(AF_INET, LAB_REFUSES);
    int fd = lab_socket(0);
    cr_assert_eq(lab_connect(fd), -ECONNREFUSED);
    cr_assert_eq(lab_error(fd), 0);
    proxy->way = LAB_CONNECTS;
    cr_assert_eq(lab_connect(fd), 0);
    lab_echo(fd);
    cr_assert_eq(s5a_close(fd), 0);
}

/* Another thread executes a program, or the process ends, while one is in connect(): nobody else
 * could go on with that. */
Test(engine, exec_does_not_wait_for_a_connect_of_another_thread)
{
    pthread_t thread;
    proxy = lab_new_proxy(AF_INET, LAB_IS_SILENT);
    int fd = lab_socket(0);
    cr_assert_eq(fcntl(fd, F_SETFD, 0), 0);
    cr_assert_eq(pthread_create(&thread, NULL, connect_in_thread, &fd), 0);
    LAB_UNTIL(proxy->accepted == 1);
    alarm(10);
    s5a_keeper_before_exec();
    alarm(0);
    lab_set_way(proxy, LAB_CONNECTS);
    void *result;
    pthread_join(thread, &result);
    cr_assert_null(result);
    lab_echo(fd);
    cr_assert_eq(s5a_close(fd), 0);
}

static void fork_and_reap(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    cr_assert_eq(waitpid(child, NULL, 0), child);
}

Test(engine, gate_that_stays_after_a_blocking_connect_can_be_shut_down)
{
    pthread_t thread;
    void *result;
    char byte;
    proxy = lab_new_proxy(AF_INET, LAB_IS_SILENT);
    int fd = lab_socket(0);
    cr_assert_eq(pthread_create(&thread, NULL, connect_in_thread, &fd), 0);
    LAB_UNTIL(proxy->accepted == 1);
    fork_and_reap();
    lab_set_way(proxy, LAB_CONNECTS);
    pthread_join(thread, &result);
    cr_assert_null(result);
    lab_echo(fd);
    alarm(10);
    cr_assert_eq(s5a_shutdown(fd, SHUT_WR), 0);
    alarm(0);
    cr_assert_eq(recv(fd, &byte, 1, 0), 0); /* passed on: the proxy has closed */
    cr_assert_eq(s5a_close(fd), 0);
}

/* ---- at the limit ---- */

/* With room for so many descriptors more: all or nothing. */
static int connect_within(int fd, int room)
{
    struct rlimit before, bounded;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    int lowest = dup(fd);
    close(lowest);
    bounded = (struct rlimit){ (rlim_t)(lowest + room), before.rlim_max };
    cr_assert_eq(prlimit(0, RLIMIT_NOFILE, &bounded, NULL), 0);
    int failed = lab_connect(fd);
    cr_assert_eq(prlimit(0, RLIMIT_NOFILE, &before, NULL), 0);
    return failed;
}

Test(engine, limit_of_descriptors_is_told_and_nothing_is_lost)
{
    proxy = lab_new_proxy(AF_INET, LAB_CONNECTS);
    int refused = 0;
    int fd = lab_socket(SOCK_NONBLOCK);
    int before = lab_descriptors();
    for (int room = 0;; room++) {
        int failed = connect_within(fd, room);
        if (failed == -EINPROGRESS)
            break;
        cr_assert_eq(failed, -EMFILE);
        refused++;
        cr_assert_lt(room, 10);
    }
    cr_assert_gt(refused, 1);
    cr_assert_eq(lab_poll(fd, POLLOUT, LAB_PATIENCE), POLLOUT);
    cr_assert_eq(lab_error(fd), 0);
    lab_echo(fd);
    LAB_UNTIL(lab_descriptors() <= before + 3); /* the engine's, and the proxy's end of this one */
    cr_assert_eq(s5a_close(fd), 0);
}

/* A program that lives with signals: handlers during connects, handlers that connect, jumps out of
 * handlers, cancelled threads. */
#include "tests/preload/lab.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>

static volatile sig_atomic_t alarms;

static void count_alarm(int number)
{
    (void)number;
    alarms++;
}

static void handle(void (*handler)(int), int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
}

/* The first one after `first` ms, then each `again` ms; 0: none. */
static void set_timer(int first, int again)
{
    struct itimerval timer = { { 0, again * 1000 }, { 0, first * 1000 } };
    CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

/* Until what was interrupted is over; its error. */
static int wait_and_ask(int fd)
{
    struct pollfd one = { .fd = fd, .events = POLLOUT };
    int value = -1;
    socklen_t len = sizeof value;
    while (poll(&one, 1, 10000) != 1)
        CHECK(errno == EINTR);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &len) == 0);
    return value;
}

static void storm(int flags)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    handle(count_alarm, flags);
    set_timer(1, 1);
    for (int i = 0; i < 3; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        int result = connect(fd, (struct sockaddr *)&to, sizeof to);
        if (flags == SA_RESTART)
            CHECK(result == 0);
        else
            CHECK(result == -1 && errno == EINTR && wait_and_ask(fd) == 0);
        lab_check_peer(fd, "192.0.2.1", 80);
        while (send(fd, "x", 1, 0) != 1)
            CHECK(errno == EINTR);
    }
    set_timer(0, 0);
    CHECK(alarms > 10);
}

static void storm_with_restart(void)
{
    storm(SA_RESTART);
}

static void storm_without_restart(void)
{
    storm(0);
}

/* Trickling proxy, timer storm: the deadline is not put off. */
static void storm_and_deadline(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    handle(count_alarm, SA_RESTART);
    set_timer(5, 5);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == -1 && errno == ETIMEDOUT);
}

static void storm_and_deadline_without_restart(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    handle(count_alarm, 0);
    set_timer(5, 5);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == -1 && errno == EINTR);
    CHECK(wait_and_ask(fd) == ETIMEDOUT);
}

/* 192.0.2.1 would do to be seen at the proxy, but a leak must be seen too: 127.0.0.2 is a place
 * behind the proxy by the rules of these cases, and the test listens there. */
static struct sockaddr_in beyond;
static int beyond_listener;

static void listen_beyond(void)
{
    lab_configure("[rules]\nproxy default = 127.0.0.2\n");
    beyond_listener = lab_listen("127.0.0.2", &beyond);
}

static unsigned proxy_port(void)
{
    return ntohs(lab_proxy_address().sin_port);
}

/* Through the proxy, which echoes; to the kernel the peer is the proxy. */
static void check_through_proxy(int fd)
{
    if (connect(fd, (struct sockaddr *)&beyond, sizeof beyond) != 0)
        CHECK(!"connects");
    CHECK(lab_kernel_peer_port(fd) == proxy_port());
    lab_check_peer(fd, "127.0.0.2", ntohs(beyond.sin_port));
    lab_check_echo(fd);
}

static void *check_new_socket(void *unused)
{
    check_through_proxy(socket(AF_INET, SOCK_STREAM, 0));
    return unused;
}

/* Waits for the connect that goes on. */
static void check_deadline(int fd)
{
    CHECK(connect(fd, (struct sockaddr *)&beyond, sizeof beyond) == -1 && errno == ETIMEDOUT);
    CHECK(lab_kernel_peer_port(fd) != ntohs(beyond.sin_port));
}

static sigjmp_buf back;

static void jump(int number)
{
    (void)number;
    siglongjmp(back, 1);
}

/* The proxy hangs at the first connection only. What was left half-way goes on to its deadline, and
 * the next connect() says so; EISCONN would be taken for success, and the program's bytes would go
 * into the session. */
static void jump_out_of_connect(void)
{
    pthread_t thread;
    listen_beyond();
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    handle(jump, 0);
    if (sigsetjmp(back, 1) == 0) {
        set_timer(300, 0);
        (void)!connect(fd, (struct sockaddr *)&beyond, sizeof beyond);
        CHECK(!"comes back");
    }
    CHECK(pthread_create(&thread, NULL, check_new_socket, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    check_new_socket(NULL);
    check_deadline(fd);
    check_through_proxy(fd);
    check_new_socket(NULL);
}

static int from_handler = -1;

static void connect_in_handler(int number)
{
    int before = errno;
    (void)number;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&beyond, sizeof beyond) == 0)
        from_handler = fd;
    errno = before;
}

static void handler_connects(void)
{
    listen_beyond();
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    check_new_socket(NULL); /* the configuration is read: malloc is no handler's business */
    handle(connect_in_handler, SA_RESTART);
    set_timer(20, 0);
    check_through_proxy(fd); /* takes longer than that */
    while (from_handler < 0)
        CHECK(usleep(1000) == 0 || errno == EINTR);
    lab_check_peer(from_handler, "127.0.0.2", ntohs(beyond.sin_port));
    CHECK(lab_kernel_peer_port(from_handler) == proxy_port());
    lab_check_echo(from_handler);
}

static int hanging = -1;

static void *hang(void *unused)
{
    (void)!connect(hanging, (struct sockaddr *)&beyond, sizeof beyond);
    return unused;
}

/* Until the kernel has the socket connected to the proxy: the thread is in the session then. */
static void wait_for_session(void)
{
    while (lab_kernel_peer_port(hanging) != proxy_port())
        CHECK(usleep(1000) == 0);
}

static void cancelled_thread(void)
{
    pthread_t thread;
    void *result;
    listen_beyond();
    hanging = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(pthread_create(&thread, NULL, hang, NULL) == 0);
    wait_for_session();
    CHECK(pthread_cancel(thread) == 0);
    CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
    check_new_socket(NULL);
    check_deadline(hanging);
    check_through_proxy(hanging);
    check_new_socket(NULL);
}

static void mask_is_kept(void)
{
    sigset_t some, after;
    sigemptyset(&some);
    sigaddset(&some, SIGUSR1);
    CHECK(sigprocmask(SIG_SETMASK, &some, NULL) == 0);
    lab_check_echo(lab_connect("192.0.2.1", 80));
    CHECK(sigprocmask(SIG_SETMASK, NULL, &after) == 0);
    for (int i = 1; i < 32; i++)
        CHECK(sigismember(&after, i) == (i == SIGUSR1));
}

#define CONF "SOCKS5A_CONF=@/conf"
#define SOON "\nSOCKS5A_TIMEOUT=1"
LAB({ "storm_with_restart", LAB_TRICKLES, 10, storm_with_restart, NULL },
    { "storm_without_restart", LAB_TRICKLES, 10, storm_without_restart, NULL },
    { "storm_and_deadline", LAB_TRICKLES, 300, storm_and_deadline, NULL, "SOCKS5A_TIMEOUT=1" },
    { "storm_and_deadline_without_restart", LAB_TRICKLES, 300, storm_and_deadline_without_restart,
      NULL, "SOCKS5A_TIMEOUT=1" },
    { "jump_out_of_connect", LAB_HANGS, 1, jump_out_of_connect, NULL, CONF SOON },
    { "jump_out_of_connect_in_turn", LAB_HANGS, 1, jump_out_of_connect, NULL,
      CONF SOON "\nSOCKS5A_PIPELINE=off" },
    { "handler_connects", LAB_TRICKLES, 20, handler_connects, NULL, CONF },
    { "cancelled_thread", LAB_HANGS, 1, cancelled_thread, NULL, CONF SOON },
    { "mask_is_kept", LAB_HONEST, 0, mask_is_kept, NULL })

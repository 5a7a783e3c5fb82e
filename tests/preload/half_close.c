/* A program that shuts its sending side and reads on, and programs that end right after writing:
 * all that was written arrives. */
#include "tests/preload/lab.h"

#include <sys/wait.h>

enum { MANY = 1 << 20 };

static char bytes[MANY];

static void reads_on_after_shutdown(void)
{
    char back[4096];
    ssize_t got, whole = 0;
    int fd = lab_connect("192.0.2.1", 80);
    lab_write(fd, bytes, 60000);
    CHECK(shutdown(fd, SHUT_WR) == 0);
    while ((got = recv(fd, back, sizeof back, 0)) > 0)
        whole += got;
    CHECK(got == 0 && whole == 60000);
}

static void exits_at_once(void)
{
    lab_write(lab_connect("192.0.2.1", 80), bytes, MANY);
    _exit(0);
}

static void closes_at_once(void)
{
    int fd = lab_connect("192.0.2.1", 80);
    lab_write(fd, bytes, MANY);
    CHECK(close(fd) == 0);
}

static void executes_at_once(void)
{
    lab_write(lab_connect("192.0.2.1", 80), bytes, MANY);
    execl("/bin/true", "true", (char *)NULL);
}

static void dies_of_a_signal(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        lab_write(lab_connect("192.0.2.1", 80), bytes, MANY);
        abort();
    }
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
}

/* The parent ends first; the child goes on with the same connection. */
static void child_goes_on(void)
{
    int pair[2], fd = lab_connect("192.0.2.1", 80);
    char byte;
    CHECK(pipe(pair) == 0);
    if (fork() == 0) {
        alarm(20);
        close(pair[1]);
        CHECK(read(pair[0], &byte, 1) == 0); /* the parent is gone */
        lab_write(fd, bytes, MANY);
        _exit(0);
    }
    lab_write(fd, bytes, 1000);
    _exit(0);
}

static void half_closed_in_every_state(void)
{
    char byte;
    int fd = lab_connect("192.0.2.1", 80);
    CHECK(shutdown(fd, SHUT_WR) == 0);
    CHECK(send(fd, "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
    CHECK(recv(fd, &byte, 1, 0) == 0);
    CHECK(shutdown(fd, SHUT_RDWR) == 0 || errno == ENOTCONN);
    CHECK(shutdown(socket(AF_INET, SOCK_STREAM, 0), SHUT_WR) == -1 && errno == ENOTCONN);
}

LAB_BY_RELAY({ "reads_on_after_shutdown", LAB_HONEST, 0, reads_on_after_shutdown, NULL, NULL,
               60000 },
             { "reads_on_at_a_unix_proxy", LAB_UNIX, 0, reads_on_after_shutdown, NULL, NULL,
               60000 },
             { "exits_at_once", LAB_SINK, 0, exits_at_once, NULL, NULL, MANY },
             { "closes_at_once", LAB_SINK, 0, closes_at_once, NULL, NULL, MANY },
             { "executes_at_once", LAB_SINK, 0, executes_at_once, NULL, NULL, MANY },
             { "dies_of_a_signal", LAB_SINK, 0, dies_of_a_signal, NULL, NULL, MANY },
             { "child_goes_on", LAB_SINK, 0, child_goes_on, NULL, NULL, MANY + 1000 },
             { "half_closed_in_every_state", LAB_HONEST, 0, half_closed_in_every_state, NULL })

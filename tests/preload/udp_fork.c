/* A program that forks, or executes another, with UDP sockets. */
#include "tests/preload/habit_udp.h"

#include <fcntl.h>
#include <spawn.h>

extern char **environ;

static void both_use_it(void)
{
    int fd = udp_connected(AT_OPEN);
    udp_send(fd, "before");
    udp_check(fd, "before");
    pid_t child = fork();
    if (child == 0) {
        udp_send(fd, "child");
        udp_check(fd, "child");
        _exit(0);
    }
    lab_check_child(child);
    udp_send(fd, "parent");
    udp_check(fd, "parent");
}

static void the_child_begins(void)
{
    int fd = udp_connected(AT_OPEN);
    pid_t child = fork();
    if (child == 0) {
        udp_send(fd, "child");
        udp_check(fd, "child");
        _exit(0);
    }
    lab_check_child(child);
    udp_send(fd, "parent");
    udp_check(fd, "parent");
}

/* As daemons do: the parent goes away. */
static void the_child_goes_on(void)
{
    int ready[2], fd = udp_connected(AT_OPEN);
    char byte;
    udp_send(fd, "before");
    udp_check(fd, "before");
    CHECK(pipe(ready) == 0);
    pid_t child = fork();
    if (child == 0) {
        if (fork() != 0)
            _exit(0);
        udp_send(fd, "grandchild");
        udp_check(fd, "grandchild");
        _exit(write(ready[1], "x", 1) == 1 ? 0 : 1);
    }
    close(fd);
    close(ready[1]);
    lab_check_child(child);
    CHECK(read(ready[0], &byte, 1) == 1);
}

static void while_it_is_being_made(void)
{
    struct sockaddr_in to = lab_at(AT_OPEN);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    udp_send(fd, "parent");
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    udp_wait(fd);
    udp_check(fd, "parent");
    lab_check_child(child);
}

static void of_another(void)
{
    int fd = atoi(lab_argument());
    lab_check_peer(fd, "198.51.100.1", 80);
    udp_send(fd, "executed");
    udp_check(fd, "executed");
}

static void is_handed_to_another_program(void)
{
    char number[16];
    int fd = udp_connected(AT_OPEN);
    udp_send(fd, "before");
    udp_check(fd, "before");
    snprintf(number, sizeof number, "%d", fd);
    char *arguments[] = { (char *)(size_t)lab_self(), "--case", "of_another", number, NULL };
    pid_t child;
    CHECK(posix_spawn(&child, lab_self(), NULL, NULL, arguments, environ) == 0);
    lab_check_child(child);
    execv(lab_self(), arguments);
    CHECK(!"execv returns");
}

/* Numbers of the shim's own are none of the program's, and go with the socket. */
static void closing_leaves_nothing(void)
{
    int fd = udp_connected(AT_OPEN);
    udp_send(fd, "x");
    udp_check(fd, "x");
    close(fd);
    CHECK(lab_wait_for_living(0));
    int before = habit_count_descriptors(); /* with the engine's */
    fd = udp_connected(AT_OPEN);
    udp_send(fd, "x");
    udp_check(fd, "x");
    CHECK(lab_is_native() || lab_wait_for_living(1));
    close(fd);
    CHECK(lab_wait_for_living(0));
    CHECK(habit_count_descriptors() == before);
    fd = udp_connected(AT_OPEN);
    udp_send(fd, "x");
    udp_check(fd, "x");
    closefrom(3);
    CHECK(lab_wait_for_living(0));
}

static void a_stream_of_libc_closes_it(void)
{
    int fd = udp_connected(AT_OPEN);
    udp_send(fd, "x");
    udp_check(fd, "x");
    CHECK(fclose(fdopen(fd, "w")) == 0);
    CHECK(open("/dev/null", O_RDWR) == fd);
    CHECK(write(fd, "x", 1) == 1); /* no datagram */
    close(fd);
    CHECK(lab_wait_for_living(0));
}

/* What starts programs closes what they are not to have, on its parent's memory. */
static void a_child_of_vfork_closes_it(void)
{
    int fd = udp_connected(AT_OPEN);
    udp_send(fd, "x");
    udp_check(fd, "x");
    pid_t child = vfork();
    if (child == 0) {
        (void)dup2(fd, STDIN_FILENO);
        (void)close(fd);
        closefrom(3);
        _exit(0);
    }
    lab_check_child(child);
    udp_send(fd, "parent");
    udp_check(fd, "parent");
    CHECK(lab_is_native() || lab_wait_for_living(1));
}

static void send_and_check(int fd, const char *text)
{
    udp_send(fd, text);
    udp_check(fd, text);
}

/* Each makes another association, on the one socket that both have. */
static void both_renew_a_lost_one(void)
{
    int to_child[2], fd = udp_connected(AT_OPEN);
    char byte;
    CHECK(pipe(to_child) == 0);
    send_and_check(fd, "before");
    pid_t child = fork();
    if (child == 0) {
        CHECK(read(to_child[0], &byte, 1) == 1);
        send_and_check(fd, "child");
        _exit(0);
    }
    udp_send_to(fd, AT_SINK, "the end of it");
    lab_pause_ms(110); /* it is looked at so often */
    send_and_check(fd, "parent");
    CHECK(write(to_child[1], "x", 1) == 1);
    lab_check_child(child);
    send_and_check(fd, "parent again");
}

LAB(CASE(both_use_it), CASE(the_child_begins), CASE(the_child_goes_on),
    CASE(while_it_is_being_made), CASE(is_handed_to_another_program), INNER(of_another),
    NO_RELAY(closing_leaves_nothing), CASE(a_stream_of_libc_closes_it),
    CASE(a_child_of_vfork_closes_it),
    { "both_renew_a_lost_one", LAB_PLACES_SHIM, LAB_RELAY_SINKS, both_renew_a_lost_one })

/* What programs do with a connected socket beside reading and writing: options, ioctls, flags of calls,
 * splice and sendfile. */
#include "tests/preload/habit.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

#include "tests/preload/lab_handing.h"

static char many[1 << 20];

static int connected(enum lab_place place)
{
    int fd = habit_blocking();
    CHECK(habit_connect(fd, place) == 0);
    return fd;
}

static void fill(void)
{
    for (size_t i = 0; i < sizeof many; i++)
        many[i] = (char)(i * 2654435761u >> 13);
}

/* The echo of all of it, while a child sends. */
static void check_comes_back(int fd, pid_t sender)
{
    static char back[65536];
    size_t got = 0;
    while (got < sizeof many) {
        ssize_t part = recv(fd, back, sizeof back, 0);
        CHECK(part > 0 && memcmp(back, many + got, (size_t)part) == 0);
        got += (size_t)part;
    }
    lab_check_child(sender);
}

static void state_is_established(void)
{
    struct tcp_info info = { 0 };
    socklen_t len = sizeof info;
    int fd = connected(AT_OPEN);
    CHECK(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0);
    CHECK(info.tcpi_state == TCP_ESTABLISHED);
}

static void counts_of_bytes(void)
{
    int waiting = -1;
    int fd = connected(AT_OPEN);
    CHECK(ioctl(fd, FIONREAD, &waiting) == 0 && waiting == 0);
    lab_write(fd, "hello", 5);
    do
        CHECK(ioctl(fd, FIONREAD, &waiting) == 0);
    while (waiting < 5);
    CHECK(waiting == 5);
    do
        CHECK(ioctl(fd, SIOCOUTQ, &waiting) == 0);
    while (waiting > 0);
    CHECK(waiting == 0 && ioctl(fd, SIOCATMARK, &waiting) == 0 && waiting == 0);
}

/* What is not confirmed counts, where it may be. */
static void full_pipe_is_counted(void)
{
    int waiting = 0;
    int fd = connected(AT_SINK);
    ssize_t sent = send(fd, many, sizeof many, MSG_DONTWAIT);
    CHECK(sent > 0 && ioctl(fd, SIOCOUTQ, &waiting) == 0 && waiting >= 0);
    do
        CHECK(ioctl(fd, SIOCOUTQ, &waiting) == 0);
    while (waiting > 0);
}

static void descriptors_cannot_be_sent(void)
{
    struct lab_handing handing;
    int fd = connected(AT_OPEN);
    lab_handing_init(&handing, (char[]){ "hi" }, fd);
    CHECK(sendmsg(fd, &handing.message, 0) == 2);
    char back[2];
    lab_read(fd, back, 2);
    CHECK(memcmp(back, "hi", 2) == 0);
    habit_check_echo(fd);
}

static void address_is_ignored(void)
{
    struct sockaddr_in elsewhere = lab_v4("192.0.2.77", 77);
    char back[2];
    int fd = connected(AT_OPEN);
    CHECK(sendto(fd, "hi", 2, 0, (struct sockaddr *)&elsewhere, sizeof elsewhere) == 2);
    lab_read(fd, back, 2);
    CHECK(memcmp(back, "hi", 2) == 0);
}

static void low_water_mark_holds(void)
{
    int least = 4;
    int fd = connected(AT_OPEN);
    char back[16];
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least) == 0);
    socklen_t len = sizeof least;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &least, &len) == 0 && least == 4);
    lab_write(fd, "he", 2);
    lab_write(fd, "llo!", 4);
    CHECK(recv(fd, back, sizeof back, 0) >= 4);
}

static void low_water_mark_from_before_holds(void)
{
    int least = 2, fd = habit_blocking();
    char back[16];
    socklen_t len = sizeof least;
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least) == 0);
    CHECK(habit_connect(fd, AT_OPEN) == 0);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &least, &len) == 0 && least == 2);
    lab_write(fd, "h", 1);
    lab_write(fd, "ello", 4);
    CHECK(recv(fd, back, sizeof back, 0) >= 2);
}

static void time_outs_hold(void)
{
    struct timeval brief = { 0, 30000 };
    char byte;
    int fd = connected(AT_SINK);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &brief, sizeof brief) == 0);
    CHECK(recv(fd, &byte, 1, 0) == -1 && errno == EAGAIN);
}

static void peeks_and_waits(void)
{
    char back[8] = "";
    int fd = connected(AT_OPEN);
    lab_write(fd, "one", 3);
    lab_write(fd, "two", 3);
    CHECK(recv(fd, back, 6, MSG_WAITALL | MSG_PEEK) > 0);
    CHECK(recv(fd, back, 6, MSG_WAITALL) == 6 && memcmp(back, "onetwo", 6) == 0);
    CHECK(recv(fd, back, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
}

/* ---- bulk by other means ---- */

static void sends_a_file(void)
{
    fill();
    int file = memfd_create("many", MFD_CLOEXEC), fd = connected(AT_OPEN);
    CHECK(write(file, many, sizeof many) == (ssize_t)sizeof many);
    pid_t child = fork();
    if (child == 0) {
        off_t at = 0;
        while (at < (off_t)sizeof many)
            CHECK(sendfile(fd, file, &at, sizeof many) > 0);
        _exit(0);
    }
    check_comes_back(fd, child);
}

static void splices(void)
{
    int through[2], fd = connected(AT_OPEN);
    fill();
    CHECK(pipe(through) == 0);
    pid_t feeder = fork();
    if (feeder == 0) {
        close(through[0]);
        lab_write(through[1], many, sizeof many);
        _exit(0);
    }
    close(through[1]);
    pid_t child = fork();
    if (child == 0) {
        ssize_t part;
        while ((part = splice(through[0], NULL, fd, NULL, 65536, SPLICE_F_MOVE)) > 0)
            continue;
        CHECK(part == 0);
        _exit(0);
    }
    check_comes_back(fd, child);
    lab_check_child(feeder);
}

static void splices_what_comes(void)
{
    int through[2], fd = connected(AT_OPEN);
    char back[5];
    CHECK(pipe(through) == 0);
    lab_write(fd, "hello", 5);
    CHECK(splice(fd, NULL, through[1], NULL, 5, 0) == 5);
    CHECK(read(through[0], back, 5) == 5 && memcmp(back, "hello", 5) == 0);
}

LAB(CASE(state_is_established), CASE(counts_of_bytes), CASE(full_pipe_is_counted),
    CASE(descriptors_cannot_be_sent), CASE(address_is_ignored), CASE(low_water_mark_holds),
    CASE(low_water_mark_from_before_holds), CASE(time_outs_hold), CASE(peeks_and_waits),
    CASE(sends_a_file), CASE(splices), CASE(splices_what_comes))

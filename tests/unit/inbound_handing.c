/* Handing connections over to a program that listens by a Unix socket. */
#include "shim/inbound/handing.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct sockaddr_un name;
static socklen_t name_len;
static int listener;

static void open_listener(int backlog)
{
    listener = s5a_handing_listen(backlog, &name, &name_len);
    cr_assert_geq(listener, 0);
}

static void setup(void)
{
    open_listener(1);
}

TestSuite(inbound_handing, .init = setup);

static struct s5a_handed some_addresses(void)
{
    struct s5a_handed handed;
    memset(&handed, 0, sizeof handed);
    handed.peer.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(7) };
    handed.local.v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(8) };
    return handed;
}

static int hand(int fd)
{
    struct s5a_handed handed = some_addresses();
    return s5a_handing_send(&name, name_len, &handed, fd);
}

Test(inbound_handing, descriptor_and_addresses_arrive)
{
    int ends[2];
    char byte = 0;
    struct s5a_handed sent = some_addresses(), got;
    cr_assert_eq(pipe(ends), 0);
    cr_assert_geq(hand(ends[1]), 0);
    close(ends[1]);
    int fd = s5a_handing_take(accept(listener, NULL, NULL), &got);
    cr_assert_geq(fd, 0);
    cr_assert_neq(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    cr_assert_eq(memcmp(&sent, &got, sizeof got), 0);
    cr_assert_eq(write(fd, "x", 1), 1);
    cr_assert(read(ends[0], &byte, 1) == 1 && byte == 'x');
}

Test(inbound_handing, our_end_hangs_up_once_it_was_taken)
{
    struct s5a_handed got;
    char byte;
    int knock = hand(STDIN_FILENO);
    cr_assert(recv(knock, &byte, 1, 0) == -1 && errno == EAGAIN);
    int come = accept(listener, NULL, NULL);
    close(s5a_handing_take(come, &got));
    close(come);
    cr_assert_eq(recv(knock, &byte, 1, 0), 0);
}

Test(inbound_handing, name_is_heard_as_long_as_somebody_holds_the_listener)
{
    int other = dup(listener);
    close(listener);
    cr_assert(s5a_handing_is_heard(&name, name_len));
    close(other);
    cr_assert_not(s5a_handing_is_heard(&name, name_len));
}

Test(inbound_handing, full_queue_and_nobody_are_told)
{
    int knock = 0;
    for (int i = 0; i < 8 && knock >= 0; i++)
        knock = hand(STDIN_FILENO);
    cr_assert_eq(knock, -EAGAIN);
    close(listener);
    cr_assert_eq(hand(STDIN_FILENO), -ECONNREFUSED);
}

/* What says `len` bytes and ends. */
static int say(const void *bytes, size_t len)
{
    struct s5a_handed got;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&name, name_len), 0);
    cr_assert_eq(send(fd, bytes, len, 0), (ssize_t)len);
    close(fd);
    return s5a_handing_take(accept(listener, NULL, NULL), &got);
}

Test(inbound_handing, what_is_no_message_is_refused)
{
    static const char zeros[200];
    cr_assert_eq(say(zeros, 0), -EPROTO);
    cr_assert_eq(say(zeros, 1), -EPROTO);
    cr_assert_eq(say(zeros, sizeof zeros), -EPROTO);
    cr_assert_eq(say("s5a-in1", 8), -EPROTO);
}

Test(inbound_handing, other_users_are_refused)
{
    if (geteuid() != 0)
        cr_skip_test("needs root, to be another user");
    struct s5a_handed got;
    int knock = hand(STDIN_FILENO), come = accept(listener, NULL, NULL);
    cr_assert_geq(knock, 0);
    cr_assert_eq(setresuid(12345, 12345, 0), 0); /* what root has made is still taken */
    cr_assert_geq(s5a_handing_take(come, &got), 0);
    cr_assert_eq(setresuid(0, 0, 0), 0);
    cr_assert_eq(setresuid(-1, 12345, 0), 0);
    cr_assert_eq(s5a_handing_send(&name, name_len, &got, STDIN_FILENO) >= 0, true);
    come = accept(listener, NULL, NULL);
    cr_assert_eq(setresuid(0, 0, 0), 0); /* but not what a user has, by root */
    cr_assert_eq(s5a_handing_take(come, &got), -EPERM);
}

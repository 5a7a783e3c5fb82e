/* The session over a socket pair whose other end the test scripts. */
#include "client/session/dial.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/dial_lab.h"

#define EARLY "220 early words of the target"

static const uint8_t greeting[] = { 5, 1, 0 };
static const uint8_t request[] = { 5, 1, 0, 1, 192, 0, 2, 1, 0, 80 };
static const uint8_t answers[] = { 5, 0, 5, 0, 0, 1, 10, 0, 0, 1, 1, 2 };

/* ---- a session over a socket pair, the test being the proxy ---- */

struct pair {
    struct s5a_proxy proxy;
    struct s5a_session session;
    int fd;    /* the program's */
    int other; /* the proxy's */
};

static void open_pair(struct pair *p, bool pipeline, uint64_t ms)
{
    static char name[] = "test";
    int fds[2];
    struct s5a_target target = { s5a_address_ipv4(request + 4), 80 };
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    p->fd = fds[0];
    p->other = fds[1];
    p->proxy = (struct s5a_proxy){ .name = name };
    s5a_session_init(&p->session, &p->proxy, &target, pipeline, s5a_now() + ms);
}

static void close_pair(struct pair *p)
{
    close(p->fd);
    close(p->other);
}

static void say(int fd, const void *bytes, size_t len)
{
    cr_assert_eq(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

static void hear(int fd, const void *expected, size_t len)
{
    uint8_t bytes[64];
    cr_assert_eq(recv(fd, bytes, len, MSG_WAITALL), (ssize_t)len);
    cr_assert_arr_eq(bytes, expected, len);
}

static void hear_end(int fd)
{
    uint8_t byte;
    cr_assert_eq(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
    cr_assert_eq(errno, EAGAIN);
}

Test(dial, session_opens_and_leaves_the_targets_words_in_the_socket)
{
    struct pair p;
    char bytes[64];
    open_pair(&p, false, LONG);
    say(p.other, answers, sizeof answers);
    say(p.other, EARLY, strlen(EARLY));
    cr_assert_eq(s5a_dial_session(&s5a_io_libc, p.fd, &p.session), 0);
    cr_assert_eq(recv(p.fd, bytes, sizeof bytes, MSG_DONTWAIT), (ssize_t)strlen(EARLY));
    cr_assert_arr_eq(bytes, EARLY, strlen(EARLY));
    hear(p.other, greeting, sizeof greeting);
    hear(p.other, request, sizeof request);
    hear_end(p.other);
    close_pair(&p);
}

Test(dial, session_cut_at_any_byte_is_reset)
{
    for (size_t at = 0; at < sizeof answers; at++) {
        struct pair p;
        open_pair(&p, false, LONG);
        say(p.other, answers, at);
        cr_assert_eq(shutdown(p.other, SHUT_WR), 0);
        cr_assert_eq(s5a_dial_session(&s5a_io_libc, p.fd, &p.session), -ECONNRESET);
        close_pair(&p);
    }
}

Test(dial, closed_proxy_is_reset_without_sigpipe)
{
    struct pair p;
    open_pair(&p, false, LONG);
    close(p.other);
    cr_assert_eq(s5a_dial_session(&s5a_io_libc, p.fd, &p.session), -ECONNRESET);
    close(p.fd);
}

Test(dial, answer_before_the_close_is_read_though_sending_fails)
{
    struct pair p;
    static const uint8_t none[] = { 5, 0xff };
    open_pair(&p, true, LONG);
    say(p.other, none, sizeof none);
    cr_assert_eq(shutdown(p.other, SHUT_RDWR), 0);
    cr_assert_eq(s5a_dial_session(&s5a_io_libc, p.fd, &p.session), -EACCES);
    cr_assert_eq(s5a_session_status(&p.session), S5A_NO_METHOD);
    close_pair(&p);
}

Test(dial, silent_proxy_times_out_at_the_deadline)
{
    struct pair p;
    uint64_t start = s5a_now();
    open_pair(&p, false, SHORT);
    cr_assert_eq(s5a_dial_session(&s5a_io_libc, p.fd, &p.session), -ETIMEDOUT);
    cr_assert_geq(s5a_now() - start, SHORT);
    close_pair(&p);
}

Test(dial, deadline_in_the_past_still_ends)
{
    struct pair p;
    open_pair(&p, false, 0);
    cr_assert_eq(s5a_dial_session(&s5a_io_libc, p.fd, &p.session), -ETIMEDOUT);
    close_pair(&p);
}

/* ---- a trickling proxy ---- */

struct trickle {
    int fd;
    const uint8_t *bytes;
    size_t len;
    int pause; /* ms between bytes */
};

static void *trickle(void *context)
{
    struct trickle *t = context;
    lab_block_alarms();
    for (size_t i = 0; i < t->len; i++) {
        poll(NULL, 0, t->pause);
        if (send(t->fd, t->bytes + i, 1, MSG_NOSIGNAL) != 1)
            break;
    }
    return NULL;
}

static int run_trickled(struct pair *p, int pause)
{
    pthread_t thread;
    struct trickle t = { p->other, answers, sizeof answers, pause };
    cr_assert_eq(pthread_create(&thread, NULL, trickle, &t), 0);
    int result = s5a_dial_session(&s5a_io_libc, p->fd, &p->session);
    shutdown(p->other, SHUT_RDWR);
    pthread_join(thread, NULL);
    return result;
}

Test(dial, trickled_answer_opens)
{
    struct pair p;
    open_pair(&p, false, LONG);
    cr_assert_eq(run_trickled(&p, 1), 0);
    close_pair(&p);
}

Test(dial, trickling_does_not_move_the_deadline)
{
    struct pair p;
    uint64_t start = s5a_now();
    open_pair(&p, false, SHORT);
    cr_assert_eq(run_trickled(&p, SHORT / 2), -ETIMEDOUT);
    cr_assert_lt(s5a_now() - start, SHORT * sizeof answers / 2);
    close_pair(&p);
}

Test(dial, full_socket_is_waited_for)
{
    struct pair p;
    char junk[4096] = { 0 };
    size_t filled = 0;
    open_pair(&p, true, SHORT);
    for (ssize_t n; (n = send(p.fd, junk, sizeof junk, MSG_DONTWAIT)) > 0;)
        filled += (size_t)n;
    cr_assert_eq(s5a_dial_session(&s5a_io_libc, p.fd, &p.session), -ETIMEDOUT);
    while (filled > 0) {
        ssize_t n = recv(p.other, junk, filled < sizeof junk ? filled : sizeof junk, MSG_DONTWAIT);
        cr_assert_gt(n, 0);
        filled -= (size_t)n;
    }
    hear_end(p.other);
    close_pair(&p);
}

/* ---- trials ---- */

static void pass_trial(struct pair *p, size_t len, int expected)
{
    say(p->other, answers, len);
    cr_assert_eq(s5a_dial_trial(&s5a_io_libc, p->fd, &p->session), expected);
}

Test(dial, trial_with_a_whole_answer_opens)
{
    struct pair p;
    open_pair(&p, true, LONG);
    pass_trial(&p, sizeof answers, 0);
    close_pair(&p);
}

Test(dial, trial_gives_up_soon_behind_the_selection)
{
    struct pair p;
    uint64_t start = s5a_now();
    open_pair(&p, true, LONG);
    pass_trial(&p, 2, -ETIMEDOUT);
    cr_assert_lt(s5a_now() - start, LONG / 2);
    close_pair(&p);
}

Test(dial, trial_keeps_the_deadline)
{
    struct pair p;
    uint64_t start = s5a_now();
    open_pair(&p, true, SHORT);
    pass_trial(&p, 2, -ETIMEDOUT);
    cr_assert_lt(s5a_now() - start, 900);
    close_pair(&p);
}

/* ---- signals ---- */

Test(dial, signals_do_not_end_a_session)
{
    struct pair p;
    lab_storm(true, 0);
    open_pair(&p, false, LONG);
    cr_assert_eq(run_trickled(&p, 5), 0); /* 12 bytes: 60 ms, 30 alarms */
    lab_storm(false, 0);
    cr_assert_gt(lab_alarms, 2);
    close_pair(&p);
}

/* ---- system calls ---- */

static int calls;

static int counted_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    calls++;
    return poll(fds, count, timeout);
}

static ssize_t counted_send(int fd, const void *bytes, size_t len, int flags)
{
    calls++;
    return send(fd, bytes, len, flags);
}

static ssize_t counted_recv(int fd, void *bytes, size_t len, int flags)
{
    calls++;
    return recv(fd, bytes, len, flags);
}

Test(dial, session_takes_few_system_calls)
{
    struct s5a_io io = s5a_io_libc;
    struct pair p;
    io.poll = counted_poll;
    io.send = counted_send;
    io.recv = counted_recv;
    open_pair(&p, false, LONG);
    say(p.other, answers, sizeof answers);
    cr_assert_eq(s5a_dial_session(&io, p.fd, &p.session), 0);
    cr_assert_leq(calls, 7); /* send poll recv, send poll recv recv */
    close_pair(&p);
}

Test(dial, poll_that_fails_ends_it)
{
    struct s5a_io io = s5a_io_libc;
    struct pair p;
    io.poll = lab_broken_poll;
    open_pair(&p, false, LONG);
    cr_assert_eq(s5a_dial_session(&io, p.fd, &p.session), -ECONNRESET);
    close_pair(&p);
}

/* The relay of the test client of method 81. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "protocol/tol/inlet.h"
#include "protocol/tol/outlet.h"
#include "tests/system/tol_client.h"

enum { PLAIN = 3, LIMIT_S = 60 };

static struct s5a_tol_inlet inlet;
static struct s5a_tol_outlet outlet;
static uint8_t in_buffer[S5A_TOL_IN_CAP] __attribute__((aligned(16)));
static uint8_t out_buffer[S5A_TOL_OUT_CAP] __attribute__((aligned(16)));
static struct s5a_tol_link *link_;
static bool hurt, hungry = true; /* `hungry`: descriptor 3 has not ended */

static uint64_t now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void __attribute__((noreturn)) end(const char *how, int fd)
{
    bool reset = strcmp(how, "ended") != 0;
    struct linger now = { .l_onoff = 1, .l_linger = 0 };
    if (reset)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    puts(how);
    exit(0);
}

/* Descriptor 3 has ended: in order, or as the test wants it. */
static void on_plain_end(int fd)
{
    hungry = false;
    hurt = option("hurt") != NULL;
    if (!hurt || hurts("after"))
        s5a_tol_outlet_eof(&outlet, now_ms());
    if (hurts("fin"))
        shutdown(fd, SHUT_WR);
    if (hurts("reset"))
        end("reset", fd);
    if (hurts("flip")) {
        uint8_t record[64];
        memset(record, 'x', sizeof record);
        size_t len = s5a_tol_seal(&link_->out, record, S5A_TOL_PADDING, 0, 5);
        record[len - 1] ^= 1;
        send_all(fd, record, len);
    }
}

static void send_records(int fd)
{
    struct iovec iov[S5A_TOL_IOV_MAX];
    int count;
    while ((count = s5a_tol_outlet_output(&outlet, now_ms(), iov, S5A_TOL_IOV_MAX)) > 0) {
        struct msghdr message = { .msg_iov = iov, .msg_iovlen = (size_t)count };
        ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN)
            end("cut", fd);
        if (n < 0)
            return;
        s5a_tol_outlet_sent(&outlet, (size_t)n);
    }
    if (!s5a_tol_outlet_done(&outlet))
        return;
    if (hurts("after"))
        send_all(fd, "x", 1);
    shutdown(fd, SHUT_WR);
}

static void read_plain(int fd)
{
    struct iovec iov[S5A_TOL_IOV_MAX];
    int count = s5a_tol_outlet_room(&outlet, iov, S5A_TOL_IOV_MAX);
    struct msghdr message = { .msg_iov = iov, .msg_iovlen = (size_t)count };
    if (!hungry || count == 0)
        return;
    ssize_t n = recvmsg(PLAIN, &message, MSG_DONTWAIT);
    if (n > 0)
        s5a_tol_outlet_took(&outlet, (size_t)n, 0, now_ms());
    else if (n == 0)
        on_plain_end(fd);
    else if (errno != EAGAIN)
        end("plain side failed", fd);
}

static void read_records(int fd)
{
    size_t room;
    uint8_t *space = s5a_tol_inlet_room(&inlet, &room);
    ssize_t n = room > 0 ? recv(fd, space, room, MSG_DONTWAIT) : -1;
    if (n > 0)
        s5a_tol_inlet_took(&inlet, (size_t)n);
    else if (room > 0 && (n == 0 || errno != EAGAIN))
        s5a_tol_inlet_fin(&inlet);
}

static bool ended; /* the proxy's end record */

static void write_plain(int fd)
{
    struct iovec iov[S5A_TOL_IN_SPANS];
    int count;
    while ((count = s5a_tol_inlet_payload(&inlet, iov, S5A_TOL_IN_SPANS)) > 0) {
        struct msghdr message = { .msg_iov = iov, .msg_iovlen = (size_t)count };
        ssize_t n = sendmsg(PLAIN, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0)
            return;
        s5a_tol_inlet_gave(&inlet, (size_t)n);
    }
    switch (s5a_tol_inlet_state(&inlet)) {
    case S5A_TOL_INLET_ENDED:
        ended = true;
        shutdown(PLAIN, SHUT_WR);
        break;
    case S5A_TOL_INLET_CUT:
        end("cut", fd);
        break;
    case S5A_TOL_INLET_BAD:
        end("bad", fd);
        break;
    default:
        break;
    }
}

static int time_left(void)
{
    uint64_t due = s5a_tol_outlet_deadline(&outlet), now = now_ms();
    if (due == S5A_TOL_NEVER || due > now + LIMIT_S * 1000)
        return LIMIT_S * 1000;
    return due > now ? (int)(due - now) : 0;
}

void relay(int fd, struct s5a_tol_link *with, struct s5a_span early)
{
    link_ = with;
    s5a_tol_inlet_init(&inlet, link_);
    s5a_tol_outlet_init(&outlet, link_, now_ms());
    s5a_tol_inlet_lend(&inlet, in_buffer);
    s5a_tol_outlet_lend(&outlet, out_buffer);
    if (!s5a_tol_inlet_prime(&inlet, (struct s5a_span){ NULL, 0 }, early))
        die("too much early");
    while (!ended || !s5a_tol_outlet_done(&outlet)) {
        struct iovec any;
        size_t room;
        write_plain(fd);
        send_records(fd);
        bool reads = hungry && s5a_tol_outlet_room(&outlet, &any, 1) > 0;
        bool gives = s5a_tol_inlet_payload(&inlet, &any, 1) > 0;
        bool opens = !ended && s5a_tol_inlet_room(&inlet, &room) != NULL;
        bool sends = s5a_tol_outlet_output(&outlet, now_ms(), &any, 1) > 0;
        struct pollfd fds[] = {
            { PLAIN, (short)((reads ? POLLIN : 0) | (gives ? POLLOUT : 0)), 0 },
            { fd, (short)((opens ? POLLIN : 0) | (sends ? POLLOUT : 0)), 0 },
        };
        if (!hungry && !gives)
            fds[0].fd = -1;
        if (poll(fds, 2, time_left()) < 0)
            die("poll");
        read_plain(fd);
        read_records(fd);
    }
    end("ended", fd);
}

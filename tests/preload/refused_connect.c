/* A program whose connections fail: a true errno within the deadline, and a socket that it can use
 * again. */
#include "tests/preload/lab.h"

#include <time.h>

enum { PORT_DOMAIN = 53 };

static int try(int fd, const char *ip, unsigned port)
{
    struct sockaddr_in to = lab_v4(ip, port);
    return connect(fd, (struct sockaddr *)&to, sizeof to) == 0 ? 0 : errno;
}

static int try_new(void)
{
    return try(socket(AF_INET, SOCK_STREAM, 0), "192.0.2.1", 80);
}

/* By the profile, section 8. */
static int errno_of(unsigned rep)
{
    static const int known[] = {
        0,          ECONNABORTED, EACCES,       ENETUNREACH, EHOSTUNREACH, ECONNREFUSED,
        ETIMEDOUT,  EOPNOTSUPP,   EAFNOSUPPORT, EACCES,      ETIMEDOUT,    ECONNABORTED,
        ECONNRESET, EACCES,       ENETUNREACH,  EACCES,      ECONNREFUSED
    };
    return rep < sizeof known / sizeof *known ? known[rep] : ECONNABORTED;
}

/* One socket for all of them, and it connects in the end. Their ports are the proxy's answers, but for
 * the one that is answered here (names_over_tcp_53). */
static void every_reply(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    for (unsigned rep = 1; rep <= 0xff; rep++)
        if (rep != PORT_DOMAIN && try(fd, "192.0.2.1", rep) != errno_of(rep)) {
            fprintf(stderr, "# REP %02x\n", rep);
            CHECK(!"its errno");
        }
    CHECK(try(fd, "192.0.2.1", 256) == 0);
    lab_check_peer(fd, "192.0.2.1", 256);
    lab_check_echo(fd);
}

static void no_peer_after_refusal(void)
{
    struct sockaddr_in peer;
    socklen_t len = sizeof peer;
    int value = -1, fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(try(fd, "192.0.2.1", 5) == ECONNREFUSED);
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &len) == -1 && errno == ENOTCONN);
    len = sizeof value;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &len) == 0 && value == 0);
    CHECK(send(fd, "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
}

static void check_direct(int fd)
{
    struct sockaddr_in at;
    char byte = 0;
    int listener = lab_listen("127.0.0.1", &at);
    CHECK(connect(fd, (struct sockaddr *)&at, sizeof at) == 0);
    int other = accept(listener, NULL, NULL);
    CHECK(send(other, "d", 1, 0) == 1 && recv(fd, &byte, 1, 0) == 1 && byte == 'd');
    lab_check_peer(fd, "127.0.0.1", ntohs(at.sin_port));
    CHECK(lab_kernel_peer_port(fd) == ntohs(at.sin_port));
}

static void direct_after_refusal(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(try(fd, "192.0.2.1", 80) == ECONNREFUSED);
    check_direct(fd);
}

static void direct_after_proxy_down(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(try(fd, "192.0.2.1", 80) == ECONNREFUSED);
    CHECK(try(fd, "192.0.2.1", 80) == ECONNREFUSED);
    check_direct(fd);
}

static void options_survive_refusal(void)
{
    int one = 1, value = 0, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct timeval timeout = { 9, 0 }, is = { 0, 0 };
    socklen_t len = sizeof value, time_len = sizeof is;
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) == 0);
    CHECK(try(fd, "192.0.2.1", 80) == ECONNREFUSED);
    CHECK(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &len) == 0 && value == 1);
    CHECK(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &is, &time_len) == 0 && is.tv_sec == 9);
}

static void times_out(void)
{
    time_t begun = time(NULL);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(try(fd, "192.0.2.1", 80) == ETIMEDOUT);
    CHECK(time(NULL) - begun < 20);
    check_direct(fd);
}

/* connect(2): a blocking connect whose SO_SNDTIMEO has run out. */
static void own_timeout_is_einprogress(void)
{
    struct timeval timeout = { 0, 300000 };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) == 0);
    CHECK(try(fd, "192.0.2.1", 80) == EINPROGRESS);
}

/* The proxy gives up after 0, 1, 2… bytes of its 12, then does not. */
static void closed_at_every_byte(void)
{
    int fd = -1, failed = 0, error = ECONNRESET;
    while (error == ECONNRESET) {
        fd = socket(AF_INET, SOCK_STREAM, 0);
        error = try(fd, "192.0.2.1", 80);
        failed += error != 0;
        CHECK(failed <= 12);
        if (error != 0)
            close(fd);
    }
    CHECK(error == 0 && failed >= 6); /* each failure may have taken two connections */
    lab_check_peer(fd, "192.0.2.1", 80);
}

static void malformed(void)
{
    CHECK(try_new() == ECONNABORTED);
    CHECK(try_new() == ECONNABORTED);
}

static void refused(void)
{
    CHECK(try_new() == ECONNREFUSED);
    CHECK(try_new() == ECONNREFUSED);
}

static void denied(void)
{
    CHECK(try_new() == EACCES);
    CHECK(try_new() == EACCES);
}

static void connects(void)
{
    lab_check_echo(lab_connect("192.0.2.1", 80));
    lab_check_echo(lab_connect("192.0.2.1", 80));
}

LAB({ "every_reply", LAB_REFUSES, 0, every_reply, NULL },
    { "every_reply_pipelined", LAB_REFUSES, 0, every_reply, NULL, "SOCKS5A_PIPELINE=on" },
    { "every_reply_in_turn", LAB_REFUSES, 0, every_reply, NULL, "SOCKS5A_PIPELINE=off" },
    { "no_peer_after_refusal", LAB_REFUSES, 5, no_peer_after_refusal, NULL },
    { "direct_after_refusal", LAB_REFUSES, 5, direct_after_refusal, NULL },
    { "direct_after_proxy_down", LAB_DOWN, 0, direct_after_proxy_down, "" },
    { "options_survive_refusal", LAB_REFUSES, 5, options_survive_refusal, NULL },
    { "hang_times_out", LAB_HANGS, 0, times_out, "", "SOCKS5A_TIMEOUT=1" },
    { "own_timeout_is_einprogress", LAB_HANGS, 0, own_timeout_is_einprogress, "" },
    { "trickle_in_time", LAB_TRICKLES, 5, connects, "192.0.2.1:80;192.0.2.1:80" },
    { "trickle_past_deadline", LAB_TRICKLES, 300, times_out, NULL, "SOCKS5A_TIMEOUT=1" },
    { "closed_at_every_byte", LAB_CLOSES, -1, closed_at_every_byte, NULL },
    { "closed_at_every_byte_pipelined", LAB_CLOSES, -1, closed_at_every_byte, NULL,
      "SOCKS5A_PIPELINE=on" },
    { "closed_at_every_byte_in_turn", LAB_CLOSES, -1, closed_at_every_byte, NULL,
      "SOCKS5A_PIPELINE=off" },
    { "garbage", LAB_GARBAGE, 0, malformed, "" },
    { "another_version", LAB_SAYS, 0, malformed, NULL },
    { "unknown_type_of_address", LAB_SAYS, 1, malformed, NULL },
    { "empty_name_in_reply", LAB_SAYS, 2, malformed, NULL },
    { "reserved_byte_set", LAB_SAYS, 3, connects, NULL },
    { "refusal_cut_short", LAB_SAYS, 4, refused, NULL },
    { "refusal_without_address", LAB_SAYS, 5, refused, NULL },
    { "name_with_nul_in_reply", LAB_SAYS, 6, malformed, NULL },
    { "http_for_a_reply", LAB_SAYS, 7, malformed, NULL },
    { "no_credentials", LAB_PASSWORD, 0, denied, "" },
    { "wrong_password", LAB_PASSWORD, 0, denied, NULL,
      "SOCKS5A_USER=alice\nSOCKS5A_PASSWORD=wrong" },
    { "right_password", LAB_PASSWORD, 0, connects, "192.0.2.1:80;192.0.2.1:80",
      "SOCKS5A_USER=alice\nSOCKS5A_PASSWORD=secret" })

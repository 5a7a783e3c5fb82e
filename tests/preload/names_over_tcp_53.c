/* A program with a resolver of its own that asks over TCP: what it asks is answered by the shim alone, on as
 * many connections and in as many pieces as it likes; and what is no look-up reaches the server by the proxy. */
#include "tests/preload/habit.h"

#include <sys/epoll.h>

enum { QUERY_LEN = 2 + 12 + 11 + 4, TYPE_A = 1, TYPE_TXT = 16, TYPE_AAAA = 28, TYPE_AXFR = 252 };

/* "a.example", of the type, under the number, behind its length. */
static void query(unsigned number, unsigned type, unsigned char out[static QUERY_LEN])
{
    static const unsigned char bytes[QUERY_LEN] = {
        0, QUERY_LEN - 2, 0,   0,   1,   0,   0,   1,   0, 0, 0, 0, 0, 0, 1, 'a',
        7, 'e',           'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 0, 0, 1
    };
    memcpy(out, bytes, sizeof bytes);
    out[2] = (unsigned char)(number >> 8);
    out[3] = (unsigned char)number;
    out[26] = (unsigned char)type;
}

static void ask(int fd, unsigned number, unsigned type)
{
    unsigned char bytes[QUERY_LEN];
    query(number, type, bytes);
    lab_write(fd, bytes, sizeof bytes);
}

/* The next answer: its number. Its last bytes are an address of the map, where there is one. */
static unsigned check_answer(int fd, unsigned type, unsigned code)
{
    unsigned char length[2], got[1024];
    lab_read(fd, length, 2);
    size_t len = (size_t)length[0] << 8 | length[1];
    CHECK(len >= 12 && len <= sizeof got);
    lab_read(fd, got, len);
    CHECK((got[2] & 0x82) == 0x80 && (got[3] & 15U) == code);
    if (code == 0)
        CHECK(got[7] == 1 && (type == TYPE_A ? memcmp(got + len - 4, "\xc6\x12", 2) == 0 ||
                                                   memcmp(got + len - 4, "\xc6\x13", 2) == 0
                                             : memcmp(got + len - 16, "\xfd\x73\x6f\x63", 4) == 0));
    return (unsigned)got[0] << 8 | got[1];
}

static void check_asks(int fd)
{
    ask(fd, 7, TYPE_A);
    CHECK(check_answer(fd, TYPE_A, 0) == 7);
    ask(fd, 8, TYPE_AAAA);
    CHECK(check_answer(fd, TYPE_AAAA, 0) == 8);
}

static void check_end(int fd)
{
    char byte;
    CHECK(habit_poll(fd, POLLIN, HABIT_BOUND_MS) != 0 && read(fd, &byte, 1) <= 0);
}

static void several_on_a_connection(void)
{
    int fd = lab_connect("192.0.2.53", 53);
    check_asks(fd);
    check_asks(fd);
    lab_check_peer(fd, "192.0.2.53", 53);
    struct sockaddr_in far = lab_v4("192.0.2.53", 53);
    CHECK(connect(fd, (struct sockaddr *)&far, sizeof far) == -1 && errno == EISCONN);
    CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
}

static void of_this_machine(void)
{
    check_asks(lab_connect("127.0.0.53", 53));
}

static void connect_six(int fd, const char *ip)
{
    struct sockaddr_in6 to = lab_v6(ip, 53), peer;
    socklen_t len = sizeof peer;
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    CHECK(getpeername(fd, (struct sockaddr *)&peer, &len) == 0 && len == sizeof to);
    CHECK(memcmp(&peer, &to, len) == 0);
    check_asks(fd);
}

static void by_ipv6(void)
{
    int only = socket(AF_INET6, SOCK_STREAM, 0), one = 1;
    connect_six(socket(AF_INET6, SOCK_STREAM, 0), "2001:db8::53");
    connect_six(socket(AF_INET6, SOCK_STREAM, 0), "::ffff:192.0.2.53");
    CHECK(setsockopt(only, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) == 0);
    connect_six(only, "2001:db8::53");
}

static void of_a_bound_socket(void)
{
    struct sockaddr_in far = lab_v4("192.0.2.53", 53), own = lab_v4("127.0.0.9", 0);
    int fd = habit_blocking();
    CHECK(bind(fd, (struct sockaddr *)&own, sizeof own) == 0);
    CHECK(connect(fd, (struct sockaddr *)&far, sizeof far) == 0);
    check_asks(fd);
}

static void fast_open(void)
{
    struct sockaddr_in far = lab_v4("192.0.2.53", 53);
    unsigned char bytes[QUERY_LEN];
    int fd = habit_blocking(), one = 1;
    query(3, TYPE_A, bytes);
    CHECK(sendto(fd, bytes, sizeof bytes, MSG_FASTOPEN, (struct sockaddr *)&far, sizeof far) ==
          QUERY_LEN);
    CHECK(check_answer(fd, TYPE_A, 0) == 3);
    fd = habit_blocking();
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof one) == 0);
    CHECK(connect(fd, (struct sockaddr *)&far, sizeof far) == 0);
    check_asks(fd);
}

/* Registered before it is connected, for edges. */
static void by_epoll_without_blocking(void)
{
    struct sockaddr_in far = lab_v4("192.0.2.53", 53);
    struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
    int set = epoll_create1(0), fd = habit_nonblocking();
    CHECK(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0);
    int result = connect(fd, (struct sockaddr *)&far, sizeof far);
    CHECK(result == -1 && errno == EINPROGRESS);
    do
        CHECK(epoll_wait(set, &event, 1, HABIT_BOUND_MS) == 1);
    while ((event.events & EPOLLOUT) == 0);
    CHECK(habit_error(fd) == 0);
    CHECK(connect(fd, (struct sockaddr *)&far, sizeof far) == 0);
    CHECK(connect(fd, (struct sockaddr *)&far, sizeof far) == -1 && errno == EISCONN);
    ask(fd, 9, TYPE_A);
    do
        CHECK(epoll_wait(set, &event, 1, HABIT_BOUND_MS) == 1);
    while ((event.events & EPOLLIN) == 0);
    CHECK(fcntl(fd, F_SETFL, 0) == 0);
    CHECK(check_answer(fd, TYPE_A, 0) == 9);
}

static void in_single_bytes(void)
{
    unsigned char bytes[2 * QUERY_LEN];
    int fd = lab_connect("192.0.2.53", 53), one = 1;
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
    query(1, TYPE_A, bytes);
    query(2, TYPE_A, bytes + QUERY_LEN);
    for (size_t i = 0; i < sizeof bytes; i++)
        lab_write(fd, bytes + i, 1);
    CHECK(check_answer(fd, TYPE_A, 0) == 1 && check_answer(fd, TYPE_A, 0) == 2);
}

/* More than fit into the room of one read. */
static void a_thousand_at_once_then_half_a_close(void)
{
    enum { COUNT = 3000 };
    static unsigned char bytes[COUNT][QUERY_LEN];
    int fd = lab_connect("192.0.2.53", 53);
    for (unsigned i = 0; i < COUNT; i++)
        query(i, TYPE_A, bytes[i]);
    pid_t child = fork();
    if (child == 0) {
        lab_write(fd, bytes, sizeof bytes);
        CHECK(shutdown(fd, SHUT_WR) == 0);
        _exit(0);
    }
    for (unsigned i = 0; i < COUNT; i++)
        CHECK(check_answer(fd, TYPE_A, 0) == i);
    check_end(fd);
    lab_check_child(child);
}

static void after_a_fork(void)
{
    int fd = lab_connect("192.0.2.53", 53);
    check_asks(fd);
    pid_t child = fork();
    if (child == 0) {
        check_asks(fd);
        check_asks(lab_connect("192.0.2.53", 53));
        _exit(0);
    }
    lab_check_child(child);
    check_asks(fd);
}

static void nothing_is_left(void)
{
    int descriptors = habit_count_descriptors(), threads = habit_count_threads();
    int fd = lab_connect("192.0.2.53", 53);
    check_asks(fd);
    CHECK(habit_count_threads() == threads + 1);
    close(fd);
    habit_check_counts(descriptors, threads);
}

/* No way leads to a name server of this machine itself. */
static void what_is_no_query_ends_it(void)
{
    int fd = lab_connect("127.0.0.53", 53);
    lab_write(fd, "\0\5hello", 7);
    check_end(fd);
    fd = lab_connect("127.0.0.53", 53);
    ask(fd, 1, TYPE_AXFR);
    CHECK(check_answer(fd, TYPE_AXFR, 5) == 1);
    check_asks(fd);
    lab_write(fd, "SSH-2.0-OpenSSH", 15);
    check_end(fd);
}

/* It is none here: it sends back what it is asked. */
static void of_other_types_the_server_is_asked(void)
{
    int fd = lab_connect("198.51.100.1", 53);
    ask(fd, 5, TYPE_TXT);
    CHECK(shutdown(fd, SHUT_WR) == 0);
    CHECK(check_answer(fd, TYPE_TXT, 2) == 5);
    check_end(fd);
}

static void nobody_waits_for_the_answer_to_another(void)
{
    char ip[INET_ADDRSTRLEN];
    struct sockaddr_in slow = lab_at(AT_SLOW);
    CHECK(inet_ntop(AF_INET, &slow.sin_addr, ip, sizeof ip) != NULL);
    int fd = lab_connect(ip, 53);
    ask(fd, 5, TYPE_TXT);
    ask(fd, 6, TYPE_A);
    CHECK(check_answer(fd, TYPE_A, 0) == 6);
    lab_answer(AT_SLOW, 0);
    CHECK(check_answer(fd, TYPE_TXT, 2) == 5);
}

static void check_carried(int fd, const void *bytes, size_t len)
{
    unsigned char got[64];
    lab_write(fd, bytes, len);
    lab_read(fd, got, len);
    CHECK(memcmp(got, bytes, len) == 0);
}

static void a_transfer_is_the_servers(void)
{
    unsigned char bytes[QUERY_LEN];
    int fd = lab_connect("198.51.100.1", 53);
    ask(fd, 6, TYPE_TXT); /* whose answer comes before */
    query(7, TYPE_AXFR, bytes);
    lab_write(fd, bytes, sizeof bytes);
    unsigned number = check_answer(fd, TYPE_TXT, 2);
    CHECK(number == 6);
    unsigned char got[QUERY_LEN];
    lab_read(fd, got, sizeof got);
    CHECK(memcmp(got, bytes, sizeof got) == 0);
    query(8, TYPE_A, bytes);
    check_carried(fd, bytes, sizeof bytes);
    CHECK(shutdown(fd, SHUT_WR) == 0);
    check_end(fd);
}

static void an_update_is_the_servers(void)
{
    unsigned char bytes[QUERY_LEN];
    query(8, 6, bytes);
    bytes[4] = 5 << 3;
    check_carried(lab_connect("198.51.100.1", 53), bytes, sizeof bytes);
}

static void another_protocol_is_the_servers(void)
{
    int fd = lab_connect("198.51.100.1", 53);
    check_carried(fd, "SSH-2.0-OpenSSH_9.2\r\n", 21);
    lab_check_echo(fd);
}

/* … and is not kept by anything that outlives it. */
static void what_is_carried_ends_with_its_process(void)
{
    pid_t child = fork();
    if (child == 0) {
        check_carried(lab_connect("198.51.100.1", 53), "SSH-2.0-OpenSSH_9.2\r\n", 21);
        exit(0);
    }
    lab_check_child(child);
    CHECK(lab_wait_for_living(0));
}

static void a_rule_makes_it_direct(void)
{
    struct sockaddr_in near = lab_v4("127.0.0.2", 53);
    int server = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    CHECK(setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
    lab_configure("[rules]\ndirect = 127.0.0.2:53\n");
    if (bind(server, (struct sockaddr *)&near, sizeof near) != 0)
        lab_skip("not allowed to bind port 53");
    CHECK(listen(server, 1) == 0);
    int fd = lab_connect("127.0.0.2", 53);
    CHECK(accept(server, NULL, NULL) >= 0 && lab_kernel_peer_port(fd) == 53);
}

static void a_rule_denies_it(void)
{
    struct sockaddr_in far = lab_v4("192.0.2.53", 53);
    lab_configure("[rules]\ndeny = 192.0.2.53\n");
    int fd = habit_blocking();
    CHECK(connect(fd, (struct sockaddr *)&far, sizeof far) == -1 && errno == EACCES);
}

static void where_names_are_local_it_is_as_any(void)
{
    lab_check_echo(lab_connect("198.51.100.1", 53));
}

/* The proxy is not asked for anything. */
#define ANSWERED(name)                  \
    {                                   \
#name, LAB_REFUSES, 7, name, "" \
    }
LAB_BY_RELAY(ANSWERED(several_on_a_connection), ANSWERED(of_this_machine), ANSWERED(by_ipv6),
             ANSWERED(of_a_bound_socket), ANSWERED(fast_open), ANSWERED(by_epoll_without_blocking),
             ANSWERED(in_single_bytes), ANSWERED(a_thousand_at_once_then_half_a_close),
             ANSWERED(after_a_fork), ANSWERED(nothing_is_left), ANSWERED(what_is_no_query_ends_it),
             { "a_rule_makes_it_direct", LAB_REFUSES, 7, a_rule_makes_it_direct, "",
               "SOCKS5A_CONF=@/conf" },
             { "a_rule_denies_it", LAB_REFUSES, 7, a_rule_denies_it, "", "SOCKS5A_CONF=@/conf" },
             { "of_other_types_the_server_is_asked", LAB_HONEST, 0,
               of_other_types_the_server_is_asked, "198.51.100.1:53" },
             { "nobody_waits_for_the_answer_to_another", LAB_PLACES_SHIM, 0,
               nobody_waits_for_the_answer_to_another },
             { "a_transfer_is_the_servers", LAB_HONEST, 0, a_transfer_is_the_servers,
               "198.51.100.1:53;198.51.100.1:53" },
             { "an_update_is_the_servers", LAB_HONEST, 0, an_update_is_the_servers,
               "198.51.100.1:53" },
             { "another_protocol_is_the_servers", LAB_HONEST, 0, another_protocol_is_the_servers,
               "198.51.100.1:53" },
             { "what_is_carried_ends_with_its_process", LAB_HONEST, 0,
               what_is_carried_ends_with_its_process, "198.51.100.1:53" },
             { "where_names_are_local_it_is_as_any", LAB_PLACES_SHIM, 0,
               where_names_are_local_it_is_as_any, NULL, "SOCKS5A_DNS=local" })

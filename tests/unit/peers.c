/* The table of peers: by cookie, swept, and over exec. */
#include "shim/sockets/peers_private.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim/environment.h"
#include "shim/sockets/descriptors.h"

static struct s5a_peer peer_at(uint16_t port)
{
    struct s5a_peer peer = { .kind = S5A_PEER_STREAM, .address.v4.sin_family = AF_INET };
    peer.address.v4.sin_port = htons(port);
    return peer;
}

static int socket_with_peer(uint16_t port)
{
    struct s5a_peer peer = peer_at(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_geq(fd, 0);
    cr_assert(s5a_peers_put(fd, &peer));
    return fd;
}

static unsigned port_of(int fd)
{
    struct s5a_peer found;
    return s5a_peers_find(fd, &found) ? ntohs(found.address.v4.sin_port) : 0;
}

Test(peers, duplicates_have_the_same_peer)
{
    int fd = socket_with_peer(80);
    cr_expect_eq(port_of(dup(fd)), 80);
    cr_expect_eq(port_of(fcntl(fd, F_DUPFD_CLOEXEC, 500)), 80);
}

Test(peers, number_given_anew_has_none)
{
    int fd = socket_with_peer(80);
    close(fd);
    cr_assert_eq(socket(AF_INET, SOCK_STREAM, 0), fd);
    cr_expect_eq(port_of(fd), 0);
}

Test(peers, what_is_no_socket_has_none_and_cannot_get_one)
{
    struct s5a_peer peer = peer_at(80);
    int fd = open("/dev/null", O_RDONLY);
    socket_with_peer(80);
    cr_expect_eq(port_of(fd), 0);
    cr_expect_not(s5a_peers_put(fd, &peer));
    cr_expect_not(s5a_peers_put(-1, &peer));
}

Test(peers, dropped_one_is_gone_and_can_come_back)
{
    struct s5a_peer again = peer_at(81);
    int fd = socket_with_peer(80);
    s5a_peers_drop(fd);
    cr_expect_eq(port_of(fd), 0);
    cr_assert(s5a_peers_put(fd, &again));
    cr_expect_eq(port_of(fd), 81);
}

Test(peers, living_ones_survive_any_number_of_dead_ones)
{
    int living[20];
    for (uint16_t i = 0; i < 20; i++)
        living[i] = socket_with_peer((uint16_t)(1000 + i));
    for (int i = 0; i < 3000; i++)
        close(socket_with_peer(1));
    for (unsigned i = 0; i < 20; i++)
        cr_expect_eq(port_of(living[i]), 1000 + i);
}

Test(peers, as_many_as_there_are_descriptors_are_known)
{
    int fds[600];
    for (uint16_t i = 0; i < 600; i++)
        fds[i] = socket_with_peer((uint16_t)(1 + i));
    for (unsigned i = 0; i < 600; i++)
        cr_assert_eq(port_of(fds[i]), 1 + i);
}

Test(peers, no_memory_for_a_larger_table_loses_nothing)
{
    struct s5a_peer peer = peer_at(9);
    struct rlimit before, none;
    int fds[100];
    for (uint16_t i = 0; i < 32; i++) /* half of the first table */
        fds[i] = socket_with_peer((uint16_t)(1 + i));
    int last = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(getrlimit(RLIMIT_AS, &before), 0);
    none = (struct rlimit){ 0, before.rlim_max };
    cr_assert_eq(setrlimit(RLIMIT_AS, &none), 0);
    bool put = s5a_peers_put(last, &peer);
    cr_assert_eq(setrlimit(RLIMIT_AS, &before), 0);
    cr_expect_not(put);
    for (uint16_t i = 32; i < 100; i++)
        fds[i] = socket_with_peer((uint16_t)(1 + i));
    for (unsigned i = 0; i < 100; i++)
        cr_expect_eq(port_of(fds[i]), 1 + i);
}

/* ---- over exec ---- */

static struct s5a_peer parsed[8];
static size_t parsed_count;

static bool collect(const struct s5a_peer *peer)
{
    cr_assert_lt(parsed_count, sizeof parsed / sizeof *parsed);
    parsed[parsed_count++] = *peer;
    return true;
}

static size_t parse(const char *text)
{
    setenv("SOCKS5A_PEERS", text, 1);
    s5a_environment_reset();
    parsed_count = 0;
    s5a_peers_parse(collect);
    return parsed_count;
}

Test(peers, inherited_descriptors_are_exported_and_read_back)
{
    char text[4096];
    int fd = socket_with_peer(4711);
    uint64_t cookie = s5a_socket_cookie(fd);
    size_t len = s5a_peers_export(text, sizeof text);
    cr_assert_eq(len, strlen(text));
    cr_assert_eq(parse(strchr(text, '=') + 1), 1);
    cr_expect_eq(parsed[0].cookie, cookie);
    cr_expect_eq(ntohs(parsed[0].address.v4.sin_port), 4711);
}

Test(peers, descriptors_that_exec_closes_are_not_exported)
{
    char text[4096];
    int fd = socket_with_peer(4711);
    cr_assert_eq(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
    cr_expect_eq(s5a_peers_export(text, sizeof text), 0);
}

Test(peers, as_many_are_exported_as_fit)
{
    char text[300];
    for (uint16_t i = 0; i < 30; i++)
        socket_with_peer(i);
    size_t len = s5a_peers_export(text, sizeof text);
    cr_expect_gt(len, 100);
    cr_expect_lt(len, sizeof text);
    cr_expect_geq(parse(strchr(text, '=') + 1), 2);
    cr_expect_eq(s5a_peers_export(text, 20), 0);
}

Test(peers, nothing_hostile_is_taken_from_the_environment)
{
    static const char *const texts[] = {
        "",
        ",",
        ":::,",
        "zz",
        "0100000000000000:01:00:02000050c0000201",                  /* cut before the comma */
        "0100000000000000:01:00:0200,",                             /* address too short */
        "0100000000000000:04:00:02000050c00002010000000000000000,", /* kind */
        "0000000000000000:01:00:02000050c00002010000000000000000,", /* cookie */
        "0100000000000000:01:00:21000050c00002010000000000000000,", /* family */
        "01000000000000:01:00:02000050c00002010000000000000000,",   /* cookie of 7 bytes */
        "010000000000000000:01:00:02000050c00002010000000000000000,",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_expect_eq(parse(texts[i]), 0, "%s", texts[i]);
}

Test(peers, entries_before_a_wrong_one_count)
{
    cr_expect_eq(parse("0100000000000000:01:00:02000050c00002010000000000000000,x"), 1);
    cr_expect_eq(parsed[0].cookie, 1);
    cr_expect_eq(parsed[0].address.family, AF_INET);
}

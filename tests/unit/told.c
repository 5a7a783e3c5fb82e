/* What a pair tells of the connection that it stands for. */
#include "shim/engine/told.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(told);

static int inner, outer;
static struct s5a_told told;

static void make_pair(void)
{
    int ends[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    outer = ends[0];
    inner = ends[1];
}

static union s5a_inet four(const char *ip, uint16_t port)
{
    union s5a_inet at = { .v4 = { .sin_family = AF_INET, .sin_port = htons(port) } };
    cr_assert_eq(inet_pton(AF_INET, ip, &at.v4.sin_addr), 1);
    return at;
}

static union s5a_inet six(const char *ip, uint16_t port)
{
    union s5a_inet at = { .v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) } };
    cr_assert_eq(inet_pton(AF_INET6, ip, &at.v6.sin6_addr), 1);
    return at;
}

static void tell_four(void)
{
    union s5a_inet peer = four("198.18.0.9", 443), local = four("127.0.0.1", 40000);
    cr_assert(s5a_told_connected(inner, &peer, &local));
}

Test(told, error_is_told_even_when_the_end_is_closed)
{
    make_pair();
    cr_assert_not(s5a_told_find(outer, &told));
    cr_assert(s5a_told_error(inner, EHOSTUNREACH));
    close(inner);
    cr_assert(s5a_told_find(outer, &told));
    cr_assert_eq(told.error, EHOSTUNREACH);
}

Test(told, a_forwarded_unix_socket_is_told_by_its_number)
{
    union s5a_inet peer = { .v4 = { .sin_family = AF_UNIX, .sin_port = 7 } };
    union s5a_inet local = { .family = AF_UNIX };
    make_pair();
    cr_assert(s5a_told_connected(inner, &peer, &local));
    cr_assert(s5a_told_find(outer, &told));
    cr_assert_eq(told.peer.family, AF_UNIX);
    cr_assert_eq(told.peer.v4.sin_port, 7);
    cr_assert_eq(told.local.family, AF_UNIX);
}

Test(told, both_addresses_are_told_of_either_family)
{
    union s5a_inet peer = six("2001:db8::9", 443), local = six("::ffff:127.0.0.1", 40001);
    make_pair();
    cr_assert(s5a_told_connected(inner, &peer, &local));
    cr_assert(s5a_told_find(outer, &told));
    cr_assert_eq(told.error, 0);
    cr_assert_arr_eq(&told.peer.v6, &peer.v6, sizeof peer.v6);
    cr_assert_arr_eq(&told.local.v6, &local.v6, sizeof local.v6);
    make_pair();
    tell_four();
    peer = four("198.18.0.9", 443);
    cr_assert(s5a_told_find(outer, &told));
    cr_assert_arr_eq(&told.peer.v4, &peer.v4, sizeof peer.v4);
    cr_assert_eq(told.local.v4.sin_port, htons(40000));
}

Test(told, pairs_for_one_target_do_not_collide)
{
    for (int i = 0; i < 3; i++) {
        make_pair();
        tell_four();
    }
}

Test(told, other_sockets_tell_nothing)
{
    make_pair();
    cr_assert_not(s5a_told_find(outer, &told));
    cr_assert_not(s5a_told_find(0, &told));
    tell_four();
    cr_assert_not(s5a_told_find(inner, &told)); /* its own name, not its peer's */
}

/* ---- names that others make ---- */

static struct sockaddr_un named(const char *text, socklen_t *len)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    *len = (socklen_t)(sizeof at.sun_family + 1 + strlen(text));
    memcpy(at.sun_path + 1, text, strlen(text));
    return at;
}

static bool is_believed(const char *text)
{
    socklen_t len;
    struct sockaddr_un at = named(text, &len);
    make_pair();
    cr_assert_eq(bind(inner, (struct sockaddr *)&at, len), 0);
    bool is_found = s5a_told_find(outer, &told);
    close(inner);
    close(outer);
    return is_found;
}

Test(told, only_whole_names_are_understood)
{
    char text[128];
    const char *good = "socks5a/0123456789abcdef/4"
                       "01bb"
                       "c6120009"
                       "9c40"
                       "7f000001";
    cr_assert(is_believed(good));
    for (size_t len = 1; len < strlen(good); len++) {
        snprintf(text, sizeof text, "%.*s", (int)len, good);
        cr_assert_not(is_believed(text), "%zu bytes", len);
    }
    cr_assert_not(is_believed("socks5a/0123456789abcdef/6"
                              "01bb"
                              "c6120009"
                              "9c40"
                              "7f000001"));
    cr_assert_not(is_believed("socks5a/0123456789abcdef/4"
                              "01bb"
                              "c612000G"
                              "9c40"
                              "7f000001"));
    cr_assert_not(is_believed("socks5a/0123456789abcdef/e00000000"));
    cr_assert_not(is_believed("socks5b/0123456789abcdef/4"
                              "01bb"
                              "c6120009"
                              "9c40"
                              "7f000001"));
}

/* A client of a service of this machine may give itself any name. */
Test(told, what_was_accepted_is_not_believed)
{
    char text[64];
    socklen_t len;
    snprintf(text, sizeof text, "told-test-%d", (int)getpid());
    struct sockaddr_un at = named(text, &len);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(bind(listener, (struct sockaddr *)&at, len), 0);
    cr_assert_eq(listen(listener, 1), 0);
    union s5a_inet peer = four("192.0.2.1", 80);
    cr_assert(s5a_told_connected(client, &peer, &peer));
    cr_assert_eq(connect(client, (struct sockaddr *)&at, len), 0);
    cr_assert_not(s5a_told_find(accept(listener, NULL, NULL), &told));
}

/* Another user may hand a pair of its own over. */
Test(told, what_another_user_has_made_is_not_believed)
{
    if (geteuid() != 0)
        cr_skip("needs root");
    make_pair();
    tell_four();
    pid_t child = fork();
    if (child == 0) {
        int made_by_root = outer;
        bool believes_root =
            setresuid(65534, 65534, 65534) == 0 && s5a_told_find(made_by_root, &told);
        make_pair();
        tell_four();
        bool believes_itself = s5a_told_find(outer, &told);
        cr_assert(setresuid(65534, 65534, 65534) == 0);
        _exit(believes_root && believes_itself ? 0 : 1);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
    cr_assert_eq(seteuid(65534), 0);
    make_pair();
    tell_four();
    cr_assert(s5a_told_find(outer, &told));
    cr_assert_eq(seteuid(0), 0);
    cr_assert_not(s5a_told_find(outer, &told));
}

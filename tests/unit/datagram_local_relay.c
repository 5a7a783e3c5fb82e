/* shim/datagrams/local_relay: what a proxy sends in stream, on its way to the program. */
#include "shim/datagrams/local_relay_flow.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct s5a_local_relay *relay;
static int ends[2];

static void begin(void)
{
    relay = calloc(1, sizeof *relay);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
    s5a_local_way_init(&relay->way);
    relay->way.local = ends[0];
}

static void end(void)
{
    free(relay);
    close(ends[0]);
    close(ends[1]);
}

static void comes(const void *message, uint8_t len)
{
    uint8_t *to = relay->incoming + relay->filled;
    to[0] = 0;
    to[1] = len;
    memcpy(to + S5A_LOCAL_RELAY_LEN, message, len);
    relay->filled += S5A_LOCAL_RELAY_LEN + (size_t)len;
}

TestSuite(datagram_local_relay, .init = begin, .fini = end);

Test(datagram_local_relay, what_is_no_datagram_costs_the_program_nothing)
{
    static const uint8_t right[] = { 0, 0, 0, 1, 192, 0, 2, 1, 0, 80, 'x' },
                         fragment[] = { 0, 0, 1, 1, 192, 0, 2, 1, 0, 80, 'x' },
                         cut[] = { 0, 0, 0, 3, 200, 'n', 'a', 'm', 'e', '.', 'x' };
    uint8_t got[64];
    comes(fragment, sizeof fragment);
    comes(cut, sizeof cut);
    comes(right, sizeof right);
    cr_assert(s5a_local_relay_deliver_stream(relay));
    cr_expect_eq(relay->filled, 0);
    cr_expect_eq(relay->delivered, 1);
    cr_expect_eq(recv(ends[1], got, sizeof got, MSG_DONTWAIT), (ssize_t)sizeof right);
    cr_expect_eq(recv(ends[1], got, sizeof got, MSG_DONTWAIT), -1);
}

/* The program has the lock again in between. */
Test(datagram_local_relay, a_flood_is_taken_in_turns)
{
    static const uint8_t right[] = { 0, 0, 0, 1, 192, 0, 2, 1, 0, 80 };
    static uint8_t flood[16 * S5A_LOCAL_RELAY_READ];
    int stream[2], size = sizeof flood;
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, stream), 0);
    (void)setsockopt(stream[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    for (size_t at = 0; at + 12 <= sizeof flood; at += 12) {
        flood[at + 1] = sizeof right;
        memcpy(flood + at + 2, right, sizeof right);
    }
    cr_assert_gt(send(stream[1], flood, sizeof flood, 0), 3 * S5A_LOCAL_RELAY_READ);
    relay->way.controls[0] = stream[0];
    cr_expect(s5a_local_flow_clear.in(relay));
    cr_expect_leq(relay->delivered, 2 * S5A_LOCAL_RELAY_READ / 12);
    cr_expect_gt(recv(stream[0], flood, 1, MSG_PEEK), 0);
}

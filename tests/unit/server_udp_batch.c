/* server/udp/batch: datagrams sent in batches arrive one by one, whatever the kernel makes of a batch. */
#include "server/udp/batch.h"

#include <criterion/criterion.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

static uint8_t bytes[S5AD_BATCH_DATA]; /* of all that is sent */

struct scene {
    struct s5ad_batch *batch;
    int from, to;
    struct s5ad_sockaddr at;
};

static struct s5ad_sockaddr loopback(uint16_t port)
{
    const struct s5a_address address = s5a_address_ipv4((const uint8_t[]){ 127, 0, 0, 1 });
    return s5ad_sockaddr_of(&address, port);
}

static int open_at(const struct s5ad_sockaddr *at)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fd, &at->any, sizeof at->v4), 0);
    return fd;
}

static struct scene begin(void)
{
    struct scene s = { .batch = calloc(1, sizeof *s.batch), .at = loopback(0) };
    s.from = open_at(&s.at);
    s.to = open_at(&s.at);
    s.at = s5ad_sockaddr_local(s.to);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    return s;
}

static void end(struct scene *s)
{
    close(s->from);
    close(s->to);
    free(s->batch);
}

static void note(struct scene *s, size_t len)
{
    s5ad_batch_send(s->batch, s->from, (struct s5a_span){ bytes, len }, &s->at);
}

/* The next datagram at `fd` has this length and content; -1: there is none. */
static void arrives(int fd, ssize_t len)
{
    static uint8_t got[sizeof bytes];
    cr_expect_eq(recv(fd, got, sizeof got, MSG_DONTWAIT), len, "not of %zd bytes", len);
    cr_expect(len < 0 || memcmp(got, bytes, (size_t)len) == 0);
}

static void flush_and_expect(struct scene *s, const ssize_t *lengths, size_t count)
{
    s5ad_batch_flush(s->batch);
    for (size_t i = 0; i < count; i++)
        arrives(s->to, lengths[i]);
    arrives(s->to, -1);
}

Test(server_udp_batch, lengths_arrive_as_they_were_sent)
{
    static const ssize_t lengths[] = { 100, 100, 100, 40, 100, 0, 0, 100, 200, 200, 1, 1, 2 };
    struct scene s = begin();
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        note(&s, (size_t)lengths[i]);
    flush_and_expect(&s, lengths, sizeof lengths / sizeof *lengths);
    end(&s);
}

Test(server_udp_batch, more_than_a_packet_holds_is_sent_in_several)
{
    static const ssize_t lengths[] = { 30000, 30000, 30000, 30000, 500, 65507, 65507 };
    struct scene s = begin();
    int room = 1 << 20;
    setsockopt(s.to, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(s.from, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    for (size_t i = 0; i < 7; i++)
        note(&s, (size_t)lengths[i]);
    flush_and_expect(&s, lengths, 7);
    end(&s);
}

Test(server_udp_batch, each_goes_to_its_own_target)
{
    struct scene s = begin(), other = begin();
    for (int i = 0; i < 3; i++) {
        note(&s, 64);
        s5ad_batch_send(s.batch, s.from, (struct s5a_span){ bytes, 64 }, &other.at);
    }
    flush_and_expect(&s, (const ssize_t[]){ 64, 64, 64 }, 3);
    for (int i = 0; i < 3; i++)
        arrives(other.to, 64);
    arrives(other.to, -1);
    end(&s);
    end(&other);
}

Test(server_udp_batch, a_run_leaves_in_one_message)
{
    struct scene s = begin();
    int on = 1;
    if (setsockopt(s.to, IPPROTO_UDP, UDP_GRO, &on, sizeof on) != 0)
        cr_skip("a kernel without segments");
    for (int i = 0; i < 4; i++)
        note(&s, 250);
    s5ad_batch_flush(s.batch);
    static uint8_t got[sizeof bytes];
    cr_expect_eq(recv(s.to, got, sizeof got, MSG_DONTWAIT), 1000);
    end(&s);
}

/* An ICMP message about an earlier datagram fails the call that comes next. */
Test(server_udp_batch, a_run_survives_an_error_of_what_was_before_it)
{
    struct scene s = begin();
    close(s.to);
    cr_assert_eq(connect(s.from, &s.at.any, sizeof s.at.v4), 0);
    cr_assert_eq(send(s.from, bytes, 1, 0), 1);
    s.to = open_at(&s.at);
    for (int i = 0; i < 3; i++)
        s5ad_batch_send(s.batch, s.from, (struct s5a_span){ bytes, 64 }, NULL);
    flush_and_expect(&s, (const ssize_t[]){ 64, 64, 64 }, 3);
    end(&s);
}

Test(server_udp_batch, a_full_batch_flushes_itself)
{
    struct scene s = begin();
    for (int i = 0; i <= S5AD_BATCH_MAX; i++)
        note(&s, 10);
    for (int i = 0; i < S5AD_BATCH_MAX; i++)
        arrives(s.to, 10);
    arrives(s.to, -1);
    flush_and_expect(&s, (const ssize_t[]){ 10 }, 1);
    end(&s);
}

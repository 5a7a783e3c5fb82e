/* A relay that the engine serves, while threads of the program write, read and ask. */
#include "shim/engine/engine.h"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>

#include "shim/engine/private.h"
#include "shim/lock.h"
#include "shim/sockets/descriptor_calls.h"
#include "shim/sockets/facade.h"
#include "tests/unit/relay_lab.h"

TestSuite(relay_threads, .timeout = 60);

enum { MANY = 4 << 20, ASKERS = 2 };

static atomic_bool is_over;

static void fill(struct s5a_pending *in, struct s5a_wire *wire)
{
    struct s5a_peer peer = { .kind = S5A_PEER_GATE, .facade = AF_INET, .detail = in->slot };
    in->state = S5A_PENDING_CONNECTING;
    in->gate = p.gate;
    in->number = p.number;
    in->filler = p.filler;
    in->inner = p.inner;
    in->own = p.own;
    in->attempt.named.as_given = p.attempt.named.as_given;
    in->attempt.kind.domain = AF_INET;
    in->relay = s5a_relay_new(wire);
    peer.address = in->attempt.named.as_given;
    cr_assert_not_null(in->relay);
    cr_assert(s5a_peers_put_cookie(in->gate, &peer));
    s5a_pending_mark(in->number, true);
}

/* As a connect() that has come to its end. */
static void begin_in_engine(void)
{
    struct s5a_gate gate;
    struct s5a_locked locked;
    int ends[2];
    struct s5a_wire *wire = lab_new_wire(NULL);
    lab_tcp_pair(ends);
    cr_assert_eq(s5a_gate_make(&gate), 0);
    outer = gate.outer;
    far = ends[1];
    p = (struct s5a_pending){ .gate = gate.cookie,
                              .number = outer,
                              .inner = s5a_private_move(gate.inner),
                              .own = s5a_private_move(ends[0]),
                              .filler = gate.filler };
    p.attempt.named.as_given.family = AF_INET;
    fcntl(far, F_SETFL, 0);
    fcntl(outer, F_SETFL, 0);
    s5a_shield(&locked);
    cr_assert_eq(s5a_engine_reserve(), 0);
    s5a_lock_shielded();
    struct s5a_pending *taken = s5a_pending_take();
    fill(taken, wire);
    s5a_carry_begin(taken);
    s5a_engine_push(taken);
    s5a_unlock_shielded();
    s5a_engine_unreserve();
    s5a_unshield(&locked);
}

/* The proxy: what comes goes back, until the end record, which goes back too. */
static void *echo(void *unused)
{
    static uint8_t bytes[sizeof far_wire], room[2 * S5A_TOL_RECORD_MAX];
    while (!far_ended) {
        size_t len = lab_far_take_from(bytes, 0);
        for (size_t at = 0; at < len; at += S5A_TOL_PAYLOAD_MAX) {
            struct s5a_writer w;
            size_t part = len - at < S5A_TOL_PAYLOAD_MAX ? len - at : S5A_TOL_PAYLOAD_MAX;
            s5a_writer_init(&w, room, sizeof room);
            s5a_tol_link_encode(&far_link, &w, (struct s5a_span){ bytes + at, part });
            lab_far_send(room, s5a_writer_len(&w));
        }
    }
    lab_far_says("");
    return unused;
}

static void *ask(void *unused)
{
    while (!is_over) {
        struct tcp_info info;
        union s5a_inet peer;
        socklen_t len = sizeof info;
        int waiting = -1;
        cr_assert_eq(s5a_getsockopt(outer, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
        cr_assert_eq(s5a_ioctl(outer, SIOCOUTQ, &waiting), 0);
        cr_assert_geq(waiting, 0);
        len = sizeof peer;
        cr_assert_eq(s5a_getsockname(outer, &peer.plain, &len), 0);
        cr_assert_eq(peer.family, AF_INET);
    }
    return unused;
}

static void *write_all(void *unused)
{
    static uint8_t bytes[40000];
    for (size_t sent = 0; sent < MANY;) {
        size_t part = MANY - sent < sizeof bytes ? MANY - sent : sizeof bytes;
        for (size_t i = 0; i < part; i++)
            bytes[i] = (uint8_t)((sent + i) * 2654435761u >> 13);
        ssize_t put = send(outer, bytes, part, MSG_NOSIGNAL);
        cr_assert_gt(put, 0);
        sent += (size_t)put;
    }
    cr_assert_eq(s5a_shutdown(outer, SHUT_WR), 0);
    return unused;
}

static void read_all(void)
{
    static uint8_t bytes[50000];
    size_t got = 0;
    ssize_t part;
    while ((part = recv(outer, bytes, sizeof bytes, 0)) > 0)
        for (ssize_t i = 0; i < part; i++, got++)
            cr_assert_eq(bytes[i], (uint8_t)(got * 2654435761u >> 13));
    cr_assert_eq(part, 0);
    cr_assert_eq(got, MANY);
}

Test(relay_threads, all_comes_back_while_others_ask)
{
    pthread_t proxy, writer, askers[ASKERS];
    begin_in_engine();
    cr_assert_eq(pthread_create(&proxy, NULL, echo, NULL), 0);
    cr_assert_eq(pthread_create(&writer, NULL, write_all, NULL), 0);
    for (int i = 0; i < ASKERS; i++)
        cr_assert_eq(pthread_create(&askers[i], NULL, ask, NULL), 0);
    read_all();
    is_over = true;
    pthread_join(writer, NULL);
    pthread_join(proxy, NULL);
    for (int i = 0; i < ASKERS; i++)
        pthread_join(askers[i], NULL);
    cr_assert_eq(s5a_close(outer), 0);
}

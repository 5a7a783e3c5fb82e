/* An association in the making: its legs, one association with each proxy of the path, which are made one
 * after the other (path.h). */
#include "shim/datagrams/associating.h"

#include <errno.h>

#include "shim/datagrams/mtu.h"
#include "shim/datagrams/relay_address.h"
#include "shim/engine/private.h"
#include "shim/real.h"

static bool is_in_stream(const struct s5a_associating *x)
{
    return x->leg == 0 && x->path.is_in_stream;
}

/* ---- beginning ---- */

static void set_ask(struct s5a_associating *x)
{
    x->answers = (struct s5a_answers){ 0 };
    x->ask.request = (struct s5a_request){ .command = S5A_CMD_UDP_ASSOCIATE,
                                           .address = s5a_address_ipv4((const uint8_t[4]){ 0 }),
                                           .options = s5a_udp_options_default() };
    if (is_in_stream(x)) {
        x->ask.request.command = S5A_CMD_UDP_ASSOCIATE_EXT;
        x->ask.request.options.transport = 1;
        /* a socket knows no such end: the server's most */
        x->ask.request.options.idle = UINT16_MAX;
    }
    x->ask.answers = &x->answers;
}

/* Whose family need not be that of the program's socket: another one stands in where it has to. */
static int open_control(void)
{
    int own = S5A_REAL(socket)(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return own < 0 ? -errno : s5a_private_move(own);
}

int s5a_associating_begin_leg(struct s5a_associating *x)
{
    static const struct s5a_socket_kind kind = { AF_INET, SOCK_STREAM, IPPROTO_TCP };
    const struct s5a_config *config = x->attempt.config;
    unsigned dials = x->attempt.dials; /* which go on, for who watches the socket */
    x->own = open_control();
    if (x->own < 0)
        return x->own;
    s5a_attempt_init(&x->attempt, x->own, &kind, config, x->path.hops[x->leg]);
    x->attempt.dials = dials;
    set_ask(x);
    x->attempt.ask = &x->ask;
    return 0;
}

/* ---- the end of one ---- */

/* The connection that it lives by, and the records of its session. */
static int take_control(struct s5a_associating *x)
{
    int control = s5a_attempt_socket(&x->attempt);
    struct s5a_wire *wire = s5a_attempt_take_wire(&x->attempt);
    if (x->attempt.standin >= 0) {
        x->attempt.standin = -1;
        s5a_private_close(x->own);
    }
    x->own = -1;
    x->way.controls[x->way.control_count++] = control;
    if (is_in_stream(x))
        x->way.wire = wire;
    else
        s5a_wire_free(wire);
    return control;
}

/* Where its relay is. */
static int take_relay(struct s5a_associating *x, int control)
{
    const struct s5a_proxy *proxy = x->path.hops[x->leg];
    const struct s5a_config *config = x->attempt.config;
    struct s5a_target relay;
    if (is_in_stream(x))
        return 0;
    if (x->leg == 0)
        return s5a_relay_find(config, proxy, control, &x->answers, &x->relay);
    int failed = s5a_relay_name(config, proxy, &x->answers, &relay);
    if (failed != 0)
        return failed;
    return s5a_layers_add(&x->way.layers, &relay.address, relay.port) ? 0 : -EPROTO;
}

/* ---- the end of all ---- */

bool s5a_associating_is_local(const struct s5a_associating *x)
{
    return x->way.local >= 0;
}

/* The program's socket sends itself to one relay that it reaches. */
static int finish(struct s5a_associating *x)
{
    union s5a_inet relay;
    bool is_alone = !x->path.is_in_stream && x->path.count == 1;
    if (is_alone && s5a_relay_is_reached(x->socket, x->way.controls[0], &x->relay, &relay)) {
        x->relay = relay;
        return 0;
    }
    int failed = s5a_local_way_open(&x->way, x->socket, x->association.domain);
    if (failed == 0 && !x->path.is_in_stream)
        failed = s5a_local_way_reach(&x->way, &x->relay);
    if (x->way.outer >= 0)
        s5a_datagram_hand_on_discovery(x->socket, x->association.domain, x->way.outer,
                                       x->relay.family);
    return failed;
}

/* ---- all of them ---- */

/* -EAGAIN: the attempt of another leg has been begun. */
static int go_on(struct s5a_associating *x)
{
    int failed = take_relay(x, take_control(x));
    if (failed != 0)
        return failed;
    if (++x->leg == x->path.count)
        return finish(x);
    failed = s5a_associating_begin_leg(x);
    return failed == 0 ? -EAGAIN : failed;
}

static int try_otherwise(struct s5a_associating *x, int failed)
{
    if (failed != -EOPNOTSUPP || x->leg != 0 ||
        !s5a_datagram_path_change(&x->path, x->attempt.config))
        return failed;
    s5a_private_close(x->own);
    failed = s5a_associating_begin_leg(x);
    return failed == 0 ? -EAGAIN : failed;
}

int s5a_associating_step(struct s5a_associating *x, bool ready)
{
    int result;
    do {
        result = s5a_attempt_step(&x->attempt, ready);
        if (result == -EINPROGRESS)
            return result;
        s5a_attempt_report(&x->attempt, result);
        result = result == 0 ? go_on(x) : try_otherwise(x, result);
        ready = false;
    } while (result == -EAGAIN);
    return result;
}

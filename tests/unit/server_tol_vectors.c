/* The sessions of the vectors under 81 at the server: every byte of the client's is taken, and what the
 * server says in its records is what the vector's says (what is random differs). A session is followed
 * to its first request, and over its relay where that is a CONNECT. */
#include <sodium.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/greeting.h"
#include "protocol/reply.h"
#include "server/tol/flows.h"
#include "tests/unit/eaf_lab.h"
#include "tests/unit/handshake_feed.h"
#include "tests/unit/span.h"

enum { CAP = 65536 };

struct replay {
    struct eaf_lab *lab;
    struct s5ad_keyring keyring;
    struct s5ad_handshake hs;
    enum s5ad_want want;
    struct s5a_tol_link client; /* opens what the server says */
    uint8_t seen[CAP];
    size_t seen_len, opened_len;
    struct s5ad_loop loop;
    struct s5ad_tol_pool pool;
    struct s5ad_tol_flows *flows;
    int near[2], far[2]; /* the client's connection, the target's: 0 the server's end */
};

/* ---- the server ---- */

static void answer(struct replay *x)
{
    struct s5a_eaf_server *server = &x->hs.exchange->x;
    uint8_t storage[EAF_LAB_CAP];
    struct s5a_writer w;
    s5a_writer_init(&w, storage, sizeof(storage));
    if (server->ask == S5A_EAF_ASK_TICKET) {
        uint8_t refused = eaf_lab_clear(x->lab, 2).refused;
        s5a_eaf_server_ticket(server, refused ? NULL : &x->lab->resumption,
                              (enum s5a_ticket_refusal)refused);
    } else {
        /* the server of the lab says what the vector's does, and is as far as ours from then on */
        unsigned i = server->channel.count;
        eaf_lab_server_takes(x->lab, i, 0);
        *server = x->lab->server;
        struct s5a_span wire = eaf_lab_wire(x->lab, i + 1, storage);
        w.at = w.begin + wire.len;
        x->hs.exchange->tol.sealed = server->capabilities & S5A_CAPABILITY(S5A_CAP_SEALED_TOL);
        s5a_tol_shape_default(&x->hs.exchange->tol.shape, S5A_TOL_PADDING);
    }
    s5ad_handshake_answered(&x->hs, &w);
}

static void take_output(struct replay *x)
{
    struct s5a_span out = s5a_buffer_peek(&x->hs.out);
    cr_assert_leq(x->seen_len + out.len, sizeof(x->seen));
    if (out.len > 0)
        memcpy(x->seen + x->seen_len, out.at, out.len);
    x->seen_len += out.len;
    s5a_buffer_consume(&x->hs.out, out.len);
}

static void drive(struct replay *x)
{
    while ((x->want = s5ad_handshake_advance(&x->hs)) == S5AD_WANT_EAF)
        answer(x);
    take_output(x);
}

/* ---- the relay ---- */

static void pump(struct s5ad_flow *flow)
{
    cr_expect_eq(flow->kind->pump(flow, NULL), 0);
}

static void start_relay(struct replay *x)
{
    int type = SOCK_STREAM | SOCK_NONBLOCK;
    struct s5ad_records *records = x->hs.records;
    cr_assert_eq(socketpair(AF_UNIX, type, 0, x->near), 0);
    cr_assert_eq(socketpair(AF_UNIX, type, 0, x->far), 0);
    x->loop.now = 1000;
    x->flows = s5ad_tol_flows_new(&x->loop, &x->pool, &records->link, s5a_buffer_peek(&x->hs.in),
                                  s5a_buffer_peek(&records->raw));
    cr_assert_not_null(x->flows);
    s5ad_tol_flows_connect(x->flows, x->near[0], x->far[0]);
}

static void stop_relay(struct replay *x)
{
    if (!x->flows)
        return;
    s5ad_tol_flows_free(x->flows);
    cr_expect_eq(x->pool.lent_count, 0);
    s5ad_tol_pool_wipe(&x->pool);
    for (int i = 0; i < 2; i++) {
        close(x->near[i]);
        close(x->far[i]);
    }
}

/* The target hears the payload; after the end record the end of file, once the client's FIN is there. */
static void relay_up(struct replay *x, const json_t *step)
{
    uint8_t heard[4096];
    struct s5a_span bytes = vector_bytes(step, "bytes"), payload = vector_bytes(step, "payload");
    bool fin = strcmp(vector_text(step, "what"), "FIN") == 0;
    if (fin)
        shutdown(x->near[1], SHUT_WR);
    else
        cr_assert_eq(write(x->near[1], bytes.at, bytes.len), (ssize_t)bytes.len);
    pump(&x->flows->in.flow);
    ssize_t n = read(x->far[1], heard, sizeof(heard));
    vector_expect("bytes for the target", (struct s5a_span){ heard, n > 0 ? (size_t)n : 0 },
                  payload);
    cr_expect_eq(x->flows->in.flow.state, fin ? S5AD_FLOW_DONE : S5AD_FLOW_HUNGRY);
    bool is_end = strstr(vector_text(step, "what"), "end record") != NULL;
    cr_expect_eq(n == 0, is_end || fin, "end of file");
}

static void relay_down(struct replay *x, const json_t *step)
{
    struct s5a_span payload = vector_bytes(step, "payload");
    bool is_end = strstr(vector_text(step, "what"), "end record") != NULL;
    if (is_end)
        shutdown(x->far[1], SHUT_WR);
    else if (payload.len > 0)
        cr_assert_eq(write(x->far[1], payload.at, payload.len), (ssize_t)payload.len);
    pump(&x->flows->out.flow);
    while (x->flows->out.flow.deadline != S5AD_FLOW_NEVER) { /* the client's jitter */
        x->loop.now = x->flows->out.flow.deadline;
        pump(&x->flows->out.flow);
    }
    ssize_t n = read(x->near[1], x->seen + x->seen_len, sizeof(x->seen) - x->seen_len);
    x->seen_len += n > 0 ? (size_t)n : 0;
    cr_expect_eq(x->flows->out.flow.state, is_end ? S5AD_FLOW_DONE : S5AD_FLOW_HUNGRY);
}

/* ---- the client ---- */

/* What stands in the server's records since the last time; its end record as well. */
static size_t open_records(struct replay *x, uint8_t out[static CAP], bool *ended)
{
    struct s5a_tol_record record;
    size_t len = 0;
    *ended = false;
    while (x->opened_len < x->seen_len) {
        enum s5a_tol_result result = s5a_tol_link_open(&x->client, x->seen + x->opened_len,
                                                       x->seen_len - x->opened_len, &record);
        cr_assert_eq(result, S5A_TOL_WHOLE);
        memcpy(out + len, record.payload, record.payload_len);
        len += record.payload_len;
        *ended = record.is_end;
        x->opened_len += record.len;
    }
    return len;
}

static void switch_client(struct replay *x)
{
    const struct s5a_eaf_channel *channel = &x->lab->server.channel;
    bool sealed = x->lab->server.capabilities & S5A_CAPABILITY(S5A_CAP_SEALED_TOL);
    s5a_tol_link_agree(&x->client, &channel->ck, &channel->t, sealed);
    s5a_tol_link_switch_in(&x->client);
}

static void expect_said(struct replay *x, const json_t *step)
{
    static uint8_t payload[CAP];
    const char *what = vector_text(step, "what");
    bool ended;
    if (strcmp(what, "selection") == 0) {
        vector_expect(what, (struct s5a_span){ x->seen, x->seen_len }, vector_bytes(step, "bytes"));
        x->opened_len = x->seen_len;
        return;
    }
    if (!strstr(what, "message"))
        switch_client(x);
    size_t len = open_records(x, payload, &ended);
    vector_expect(what, (struct s5a_span){ payload, len }, vector_bytes(step, "payload"));
    cr_expect_eq(ended, strstr(what, "end record") != NULL, "%s", what);
}

/* ---- a session ---- */

static void reply(struct replay *x, const json_t *step)
{
    struct s5a_span bytes = vector_bytes(step, "payload");
    struct s5a_reply reply;
    struct s5a_reader r;
    s5a_reader_init(&r, bytes.at, bytes.len);
    cr_assert_eq(s5a_reply_decode(&r, (struct s5a_reply_rules){ 1, true }, &reply), S5A_OK);
    s5ad_handshake_reply(&x->hs, reply.rep, &reply.address, reply.port, "test");
    drive(x);
    cr_assert_eq(x->want, S5AD_WANT_RELAY);
}

/* False where it goes on with what is not followed here. */
static bool take_step(struct replay *x, const json_t *step)
{
    bool to_server = strcmp(vector_text(step, "dir"), "c2s") == 0;
    bool fin = strcmp(vector_text(step, "what"), "FIN") == 0;
    if (to_server && x->flows) {
        relay_up(x, step);
    } else if (to_server && !fin) {
        struct s5a_span bytes = vector_bytes(step, "bytes");
        cr_assert_eq(handshake_feed(&x->hs, bytes), bytes.len);
        drive(x);
        return x->hs.request.command <= S5A_CMD_CONNECT;
    } else if (!to_server && !fin) {
        if (x->flows)
            relay_down(x, step);
        else if (strcmp(vector_text(step, "what"), "reply") == 0)
            reply(x, step);
        expect_said(x, step);
        if (x->want == S5AD_WANT_RELAY && !x->flows)
            start_relay(x);
    }
    return true;
}

static void begin(struct replay *x, const json_t *session)
{
    struct s5a_key seed;
    x->lab = eaf_lab_new(session);
    eaf_lab_restart(x->lab);
    x->keyring.statics[0] = x->lab->statics;
    x->keyring.static_count = 1;
    x->keyring.has_network = x->lab->server_setup.network_key != NULL;
    x->keyring.network = x->lab->network;
    s5ad_handshake_init(&x->hs, S5AD_OFFER_TOL, &x->keyring);
    randombytes_buf(&seed, sizeof(seed));
    s5a_tol_link_init(&x->client, S5A_TOL_CLIENT, x->lab->server_setup.network_key,
                      x->lab->client_setup.greeting, &seed, NULL);
}

/* The ephemeral key of the vectors in place of one that was drawn. */
static void fix_keys(struct replay *x)
{
    json_t *file = vector_file("handshake-malformed");
    struct s5a_key e_s;
    memcpy(e_s.bytes, vector_exact(json_object_get(file, "given"), "e_s", S5A_KEY_LEN),
           S5A_KEY_LEN);
    s5a_eaf_server_init(&x->hs.exchange->x, &x->lab->server_setup, x->lab->client_setup.greeting,
                        &e_s);
    json_decref(file);
}

static void replay(const char *name)
{
    json_t *session = vector_file(name);
    struct replay *x = calloc(1, sizeof(*x));
    const json_t *step;
    size_t i;
    cr_assert(x);
    begin(x, session);
    json_array_foreach(json_object_get(session, "steps"), i, step)
    {
        if (!take_step(x, step))
            break;
        if (i == 0)
            fix_keys(x);
    }
    cr_expect_geq(i, 5, "%s: %zu steps", name, i);
    stop_relay(x);
    s5ad_handshake_wipe(&x->hs);
    eaf_lab_free(x->lab);
    free(x);
    json_decref(session);
}

Test(server_tol_vectors, sealed_session_by_public_key_with_its_relay)
{
    replay("session-81-sealed-publickey");
}

Test(server_tol_vectors, plain_session_by_password_with_its_relay)
{
    replay("session-81-plain-password");
}

Test(server_tol_vectors, session_by_a_refused_ticket_with_its_relay)
{
    replay("session-81-ticket-refused");
}

Test(server_tol_vectors, session_by_ticket_to_its_request)
{
    replay("session-81-ticket-pool");
}

Test(server_tol_vectors, session_by_two_factors_to_its_request)
{
    replay("session-81-multifactor-udp");
}

Test(server_tol_vectors, key_fetch)
{
    replay("session-81-keyfetch");
}

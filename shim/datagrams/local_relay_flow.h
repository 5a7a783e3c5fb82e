/* The flow through a relay of the engine's own, both directions. For local_relay.c. */
#pragma once

#include "shim/datagrams/local_relay.h"
#include "shim/engine/record_layers.h"

enum {
    S5A_LOCAL_RELAY_DATAGRAM_MAX = 65535,
    S5A_LOCAL_RELAY_LEN = 2, /* before each message in stream */
    S5A_LOCAL_RELAY_MESSAGE_MAX = S5A_LOCAL_RELAY_LEN + S5A_LOCAL_RELAY_DATAGRAM_MAX,
    /* of one direction, before others have their turn, and the program the lock */
    S5A_LOCAL_RELAY_ROUNDS = 16,
    S5A_LOCAL_RELAY_DELIVERED = 512, /* … datagrams, or a few more */
    S5A_LOCAL_RELAY_READ = 16384,    /* bytes at once: of the smallest datagrams these hold 1,365 */
};

struct s5a_local_relay;

/* One manner of moving them. */
struct s5a_local_flow {
    /* What has come from the proxy goes to the program. False: the connection has ended, or the other
     * side has broken the rules. */
    bool (*in)(struct s5a_local_relay *x);
    /* What is due goes to the proxy; `is_read`: the program may have sent, too. Where the connection is
     * full, datagrams wait in the kernel. False: it is broken. */
    bool (*out)(struct s5a_local_relay *x, bool is_read, uint64_t now);
    /* ms: when something is due without anything else happening. */
    uint64_t (*deadline)(const struct s5a_local_relay *x);
    /* Gives back what it holds, overwrites what is secret. */
    void (*end)(struct s5a_local_relay *x);
};

struct s5a_local_relay {
    uint32_t number;
    uint32_t slot; /* of the association */
    uint64_t cookie;
    const struct s5a_local_flow *flow;
    struct s5a_local_way way;
    bool is_watched;
    bool out_full;             /* the connection takes no more for now */
    bool was_full;             /* … when it was watched last */
    struct s5a_tol_layer *top; /* owned: of the records, next to the datagrams; NULL: none */
    struct s5a_tol_layer *low; /* … and next to the connection: the same where there is one */
    size_t unsent_at, unsent;  /* in clear: of `outgoing` */
    uint8_t outgoing[2 * S5A_LOCAL_RELAY_MESSAGE_MAX];   /* whole messages */
    unsigned delivered;                                  /* to the program, at this turn */
    size_t filled;                                       /* of `incoming` */
    uint8_t incoming[2 * S5A_LOCAL_RELAY_MESSAGE_MAX];   /* the last message not whole yet */
    uint8_t datagram[S5A_LOCAL_RELAY_MESSAGE_MAX + 256]; /* one on its way */
};

extern const struct s5a_local_flow s5a_local_flow_records, s5a_local_flow_clear,
    s5a_local_flow_datagrams;

/* The records of a session, with what it has left over. Where there is no memory for them, the next turn
 * ends it. */
void s5a_local_flow_take_wire(struct s5a_local_relay *x);

/* ---- messages (local_relay_messages.c) ---- */

/* The program's next datagram, in its layers, with its length before it, into `to`, which has
 * S5A_LOCAL_RELAY_MESSAGE_MAX bytes. How much that is; 0: there is none, or it does not fit. */
size_t s5a_local_relay_receive(struct s5a_local_relay *x, uint8_t *to);
/* One that has come, out of its layers, to the program. What the kernel drops is lost, as datagrams may be. */
void s5a_local_relay_deliver(struct s5a_local_relay *x, struct s5a_span datagram);
/* `filled` has grown: whole messages of `incoming` go to the program. False: it holds none. */
bool s5a_local_relay_deliver_stream(struct s5a_local_relay *x);

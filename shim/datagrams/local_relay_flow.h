/* The flow of an association in stream, both directions. For local_relay.c. */
#pragma once

#include "protocol/tol/inlet.h"
#include "protocol/tol/outlet.h"
#include "protocol/udp.h"

enum { S5A_LOCAL_RELAY_DATAGRAM_MAX = 65535, S5A_LOCAL_RELAY_LEN = 2 };

struct s5a_local_relay {
    uint32_t number;
    uint64_t cookie;
    int local, control;
    uint32_t events; /* of the control connection */
    bool out_full;
    struct s5a_tol_link link;
    struct s5a_tol_outlet out;
    struct s5a_tol_inlet in;
    size_t filled;                                                             /* of `message` */
    uint8_t message[2 * (S5A_LOCAL_RELAY_LEN + S5A_LOCAL_RELAY_DATAGRAM_MAX)]; /* not whole yet */
    uint8_t datagram[S5A_LOCAL_RELAY_LEN + S5A_LOCAL_RELAY_DATAGRAM_MAX];
};

/* What has come by the connection goes to the program; `early`: what the session has left over. False:
 * the connection has ended, or the other side has broken the rules. */
bool s5a_local_relay_flow_in(struct s5a_local_relay *x);
bool s5a_local_relay_flow_early(struct s5a_local_relay *x, struct s5a_span early);
/* What is due goes to the proxy; `is_read`: the program may have sent, too. Where the connection is
 * full, datagrams wait in the kernel. False: it is broken. */
bool s5a_local_relay_flow_out(struct s5a_local_relay *x, bool is_read, uint64_t now);

/* Datagrams in the laboratory: places echo them, behind the link and behind the proxy's relay. A
 * datagram whose text begins with "N*" is answered N times, "size:N" by N bytes; the place AT_SINK
 * answers nothing. */
#pragma once

#include "tests/preload/lab_proxy.h"

/* What the relay does besides; `arg` of LAB_PLACES_SHIM. */
enum lab_relay {
    LAB_RELAY_HONEST,
    LAB_RELAY_HOSTILE, /* before each answer: what must not reach the program (lab_udp.c) */
    LAB_RELAY_LOSES,   /* ends its TCP connection after the first answer; the relay with it */
    LAB_RELAY_BY_NAME, /* answers of names from names */
    LAB_RELAY_NAMED, /* the reply has a name in place of the relay's address, which nobody knows */
    LAB_RELAY_AWAY,  /* … an address of a private network elsewhere */
    LAB_RELAY_AT_V6, /* the relay is at ::1, the proxy is not */
    LAB_RELAY_SHUTS, /* at a datagram to AT_SINK its port is closed, and the association stays */
    LAB_RELAY_SINKS, /* as LOSES, but at a datagram to AT_SINK */
    LAB_RELAY_ENDS,  /* as SINKS, and no other association is granted */
    LAB_RELAY_IS_SHORT, /* as SINKS, and its second connection ends before any datagram */
    LAB_RELAY_LATE,     /* ends its first connections without an answer */
};

/* Answers an UDP ASSOCIATE and serves it until the other side is gone. */
void lab_udp_relay(struct lab_connection *c);
/* Behind the link: until it ends. */
void *lab_udp_serve(void *socket);

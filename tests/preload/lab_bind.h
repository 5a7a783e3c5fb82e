/* BIND in the laboratory: the proxy listens on loopback, for one caller, whoever it is. */
#pragma once

#include "tests/preload/lab_proxy.h"

/* `arg` of LAB_HONEST. */
enum {
    LAB_BIND_GIVES_UP = 1,   /* the first time nobody comes */
    LAB_BIND_WAITS,          /* it listens once lab_answer() has been called for AT_SLOW */
    LAB_BIND_ON_IPV6,        /* unless for anybody by IPv4; a CONNECT goes by IPv4 */
    LAB_BIND_ON_IPV6_UNTOLD, /* the same, and a CONNECT's reply tells nothing */
};

/* Answers a BIND, and once more when a caller has come; then what one side says is the other's to hear,
 * until either is gone. */
void lab_bind_serve(struct lab_connection *c);

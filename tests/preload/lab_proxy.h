/* The script of the laboratory's proxy: one connection, from the greeting to its end. */
#pragma once

#include "tests/preload/lab_place.h"

struct lab_server;

struct lab_connection {
    struct lab_server *server;
    enum lab_proxy proxy;
    int arg;
    int fd;
    int number;    /* of the connection, from 0 */
    int budget;    /* bytes that may still be answered; LAB_CLOSES */
    unsigned port; /* asked for */
    bool is_bind;
    bool is_for_anybody; /* zeros of IPv4 */
    bool is_associate;
    bool is_in_stream; /* … UDP_ASSOCIATE_EXT, transport 1 */
    enum lab_place place;
    bool is_logged_in; /* by lab_tol.h: the next is the request */
};

bool lab_proxy_has_places(enum lab_proxy proxy);
/* Blocks until the other side is gone. The descriptor stays open. */
void lab_proxy_talk(struct lab_connection *c);

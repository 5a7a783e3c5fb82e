/* The scripted proxy of the laboratory: threads of the parent process. */
#pragma once

#include "tests/preload/lab.h"

struct lab_server;

struct lab_server *lab_server_start(enum lab_proxy proxy, int arg);
unsigned lab_server_port(const struct lab_server *server);
/* What was asked for so far, "host:port;host:port". Valid until the server stops. */
const char *lab_server_asked(struct lab_server *server);
void lab_server_stop(struct lab_server *server);

/* The server of the scripted proxy: threads of the parent process. */
#pragma once

#include "tests/preload/lab.h"

struct lab_server;

/* `directory` is the place of a Unix socket. `over_tol`: it speaks method 81 alone. */
struct lab_server *lab_server_start(enum lab_proxy proxy, int arg, const char *directory,
                                    bool over_tol);
bool lab_server_is_over_tol(const struct lab_server *server);
/* Where it listens, as SOCKS5A_PROXY has it; and its port, 0 at a Unix socket. */
const char *lab_server_url(const struct lab_server *server);
unsigned lab_server_port(const struct lab_server *server);
/* Ends it, when all connections have ended; bounded. */
void lab_server_stop(struct lab_server *server);
/* Once it stopped: what was asked for, "host:port;host:port". */
const char *lab_server_asked(struct lab_server *server);

/* For its connections, at any time: what one was asked for. */
void lab_server_note(struct lab_server *server, const char *host, unsigned port);

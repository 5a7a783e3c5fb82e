/* What programs whose listeners are at the proxy do again and again (SOCKS5A_INBOUND=bind). The far
 * side's callers are the case itself, on loopback. */
#pragma once

#include "tests/preload/habit.h"

/* From now on, before anything else. */
void inbound_use_bind(void);
/* A socket that is bound, with these flags of socket(), and one that listens, too. */
int inbound_bound(const char *ip, int flags);
int inbound_listening(int flags);
/* getsockname(): some address of IPv4. */
struct sockaddr_in inbound_name(int fd);
/* Of one that listens: at the proxy, which is on loopback here. */
unsigned inbound_port(int fd);
/* Bytes both ways, and both ends know each other; `port`: of the listener. */
void inbound_check_connected(int fd, int caller, unsigned port);

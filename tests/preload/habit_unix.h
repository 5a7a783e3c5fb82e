/* What programs do with Unix sockets that are forwarded again and again. */
#pragma once

#include "tests/preload/habit_epoll.h"

#include <sys/un.h>

/* "/PATH", "PATH", or "@" and an abstract name. */
socklen_t unix_address(const char *name, struct sockaddr_un *out);
/* A stream socket; `flags` as of socket(). */
int unix_socket(int flags);
/* connect(): 0 or errno. */
int unix_connect(int fd, const char *name);
/* A socket that is connected to it, or -errno of connect(). */
int unix_try(const char *name, int flags);
/* An integer option, or -errno. */
int unix_option(int fd, int level, int name);
/* getpeername() says this name and nothing else. */
void unix_check_peer(int fd, const char *name);
/* Adds "[forward]" and a line for the place, "/run/lab-NUMBER.sock", without another target. */
void unix_forward(enum lab_place place);
/* That name. Static storage. */
const char *unix_at(enum lab_place place);
/* A new socket without blocking whose connect to the place is under way. */
int unix_begin(enum lab_place place);
/* Becomes writable without an error, is connected to the place: its name, its bytes. */
void unix_check_connects(int fd, enum lab_place place);
void unix_check_connected(int fd, enum lab_place place);

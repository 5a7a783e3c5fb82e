/* What programs that connect without blocking do again and again. */
#pragma once

#include <fcntl.h>
#include <poll.h>

#include "tests/preload/lab_place.h"

enum { HABIT_QUIET_MS = 60, HABIT_BOUND_MS = 10000 };

/* A TCP socket, without blocking, or blocking. */
int habit_nonblocking(void);
int habit_blocking(void);
/* connect(): 0 or errno. */
int habit_connect(int fd, enum lab_place place);
/* A new socket without blocking whose connect is under way. */
int habit_begin(enum lab_place place);
/* SO_ERROR */
int habit_error(int fd);
/* revents, 0 once `ms` have passed */
int habit_poll(int fd, int events, int ms);
/* Until success or failure is reported; the kernel may show a failure by POLLERR alone at first. */
void habit_wait(int fd);
/* For a while nothing is reported, whatever one asks for. */
void habit_check_quiet(int fd);
/* Becomes writable, and is connected to the place: its name, its bytes. */
void habit_check_connects(int fd, enum lab_place place);
/* Connected to the place, now. */
void habit_check_connected(int fd, enum lab_place place);
/* "hello" comes back; the socket may block or not. */
void habit_check_echo(int fd);
/* What is behind is the text, then the end. */
void habit_check_ends_with(int fd, const char *text);
/* Until a failed or cut connection shows all its bits: the kernel sets one after the other, and a
 * sleeper may see the first alone. */
void habit_settle(int fd);
/* Fails in the end, with the error. */
void habit_check_fails(int fd, int error);
/* 0 or errno of getpeername */
int habit_peer_error(int fd);
/* Numbers in use, and threads, of this process. */
int habit_count_descriptors(void);
int habit_count_threads(void);
/* Until the thread, whose number is set when it begins, sleeps: it is in its call. Bounded. */
void habit_wait_asleep(const _Atomic int *thread);
/* Within a bound they are no more than that. */
void habit_check_counts(int descriptors, int threads);

/* ---- cases, for LAB(): each by kernel and shim ------------------------------------------------ */

#define CASE(name)                 \
    {                              \
#name, LAB_PLACES, 0, name \
    }
/* By the kernel alone: here the shim is known to differ (docs/compatibility.md). */
#define DIFFERS(name)                     \
    {                                     \
#name, LAB_PLACES_KERNEL, 0, name \
    }
/* By kernel and shim, but over a relay it is known to differ (docs/compatibility.md). */
#define NO_RELAY(name)                               \
    {                                                \
#name, LAB_PLACES, 0, name, .no_relay = true \
    }
/* The target must have taken so many bytes. */
#define TAKES(name, bytes)                            \
    {                                                 \
#name, LAB_PLACES, 0, name, NULL, NULL, bytes \
    }
/* Runs alone. */
#define HEAVY(name)                                  \
    {                                                \
#name, LAB_PLACES, 0, name, .is_heavy = true \
    }
/* The same case again, by the shim, with a proxy at a Unix socket. */
#define AT_UNIX(name)                                     \
    {                                                     \
#name "_at_unix_socket", LAB_PLACES_UNIX, 0, name \
    }
/* What other cases execute. */
#define INNER(name)               \
    {                             \
#name, LAB_INNER, 0, name \
    }

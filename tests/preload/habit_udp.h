/* What programs that send datagrams do again and again. */
#pragma once

#include <poll.h>
#include <sys/uio.h>

#include "tests/preload/habit.h"
#include "tests/preload/lab_udp.h"

/* A UDP socket that blocks, with a bound on its waits; connected to a place of the family's. */
int udp_socket(int family);
int udp_connected(enum lab_place place);
/* Sends the text to the place, whole. */
void udp_send_to(int fd, enum lab_place place, const char *text);
void udp_send(int fd, const char *text);
/* The next datagram is this text; of this place. */
void udp_check(int fd, const char *text);
void udp_check_from(int fd, enum lab_place place, const char *text);
/* Nothing is there now, nor comes within a moment. */
void udp_check_quiet(int fd);
/* Becomes readable. */
void udp_wait(int fd);

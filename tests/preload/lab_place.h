/* Places: targets that behave alike behind the scripted proxy and, without the shim, behind a link
 * of the laboratory's own, so that one case can be judged by the shim and by the kernel. When a
 * place answers is the case's decision: no case depends on how fast a machine is. */
#pragma once

#include "tests/preload/lab.h"

/* 198.51.100.PLACE and 2001:db8::PLACE, port 80. */
enum lab_place {
    AT_OPEN = 1,  /* echoes */
    AT_GREETING,  /* sends "220 early\r\n", then echoes */
    AT_CLOSING,   /* sends "bye\r\n" and ends its direction, then takes what comes */
    AT_RESETTING, /* resets at the first byte that comes */
    AT_SINK,      /* takes what comes, answers nothing */
    /* these answer when lab_answer() has been called for them */
    AT_SLOW,
    AT_SLOW_TOO,
    AT_SLOW_GREETING,
    AT_SLOW_CLOSING,
    AT_REFUSING, /* connection refused */
    AT_HOSTLESS, /* no route to host */
    AT_NETLESS,  /* network unreachable; IPv4 alone */
    AT_SILENT,   /* never answers */
    AT_END,
};

/* ---- for cases ------------------------------------------------------------------------------ */

struct sockaddr_in lab_at(enum lab_place place);
struct sockaddr_in6 lab_at6(enum lab_place place);
/* ::ffff:198.51.100.PLACE */
struct sockaddr_in6 lab_at_mapped(enum lab_place place);
/* From `ms` from now on the place answers connections, those that wait too. */
void lab_answer(enum lab_place place, int ms);
/* From now on it does not. */
void lab_hold(enum lab_place place);
/* Connections that the lab has with the child or for it. Waits, within a bound, until they are as
 * many: false. */
bool lab_wait_for_living(int count);
/* The same of how many there ever were. */
bool lab_wait_for_begun(int count);
int lab_begun(void);
/* … and until places have taken so many bytes. */
bool lab_wait_for_taken(long bytes);
/* This run is the kernel's, without the shim. For what has no counterpart there. */
bool lab_is_native(void);

/* It is over method 81, by a relay of the shim's. */
bool lab_is_relayed(void);

/* ---- for the laboratory --------------------------------------------------------------------- */

/* Before its child starts: the page that they share, a file beside the directory. */
void lab_place_init(const char *directory);
/* With all that is in the directory. */
void lab_place_remove(const char *directory);
/* In the child, before its case: once there are no descriptors left it is too late. */
void lab_place_map(void);
/* The place of an address in text; 0 for another. */
enum lab_place lab_place_of(const char *host);
/* It answers by now. */
bool lab_place_answers(enum lab_place place);
/* A connection begins (1) or has ended (-1). */
void lab_place_count(int one);
/* Bounded; false if some live on. */
bool lab_place_all_ended(void);
/* Bytes that came for the target. */
void lab_place_take(ssize_t len);
long lab_place_taken(void);
/* What the place does with a connection that stands, until it ends. Does not close. */
void lab_place_serve(enum lab_place place, int fd);
/* Sleeps. */
void lab_pause_ms(int ms);

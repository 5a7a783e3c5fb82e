/* A laboratory of chains: up to three proxies that lead to each other, each with the session that its
 * method says, in memory; one stream, to the first of them; and the chain under test at its other end.
 * Failures end the test. */
#pragma once

#include "client/session/chain.h"
#include "client/session/wires.h"
#include "tests/unit/login_lab.h"

enum { HOPS_MAX = 3 };

extern struct login_lab *hops[HOPS_MAX]; /* each leads to the next */
extern struct s5a_chain_report hops_report;
extern struct s5a_chain *hops_chain;
extern int hops_ends[2];  /* the chain's, the first proxy's */
extern size_t hops_burst; /* bytes of a proxy's that come at once; hops_begin: all */

/* Two, and three, in records. */
extern const uint8_t hops_two[2], hops_three[3];

/* Proxies of these methods, the first one first, and a chain to be begun. */
void hops_begin(const uint8_t *methods, size_t count);
void hops_finish(void);

/* What the chain has sent goes to the first proxy, … */
void hops_hear(void);
/* … and what that has to say comes, hops_burst bytes of it. */
void hops_say(void);
/* Both. */
void hops_serve(void);

/* What s5a_chain_begin is to be given; `ask`: NULL is CONNECT. */
struct s5a_chain_goal hops_goal(const struct login_lab *last, const struct s5a_ask *ask);
/* A chain that was begun: to its end, which is returned. */
int hops_go_on(void);
/* The same from the beginning, to the target of the last of `count`. */
int hops_run(size_t count);
/* The chain goes to another place in memory. */
void hops_move(const struct login_lab *last);

/* ---- the stream of an open chain ---- */

unsigned hops_wires(const struct s5a_wire *wire);
/* Through all records, to the last proxy. */
void hops_says(struct s5a_wire *wire, const char *text);
/* What it has heard is this. */
void hops_last_heard(size_t count, const char *text);

/* The record layers of one relay (protocol/tol/layers.h): where their keys lie, and what they are lent
 * (lent.h). Secret. */
#pragma once

#include "client/session/wires.h"
#include "protocol/tol/layers.h"

/* What a session's wires have left, ready to go on; the wires are freed. NULL where memory is out, and
 * nothing has happened. Any thread, under the lock. */
struct s5a_tol_layer *s5a_record_layers_new(struct s5a_wire *wires);
/* Wipes all of them, and gives back what they were lent; NULL is fine. Not while bytes are moved. Under
 * the lock. */
void s5a_record_layers_free(struct s5a_tol_layer *top);
/* In the child of a fork: overwrites the keys of all, whatever another thread was doing with them. */
void s5a_record_layers_forget_all(void);

/* A buffer for each outlet (inlet) that has none. False: there is no memory now; some may have one. Any
 * thread, without the lock, as are those that follow. */
S5A_MUST_USE bool s5a_record_layers_lend_out(struct s5a_tol_layer *top);
S5A_MUST_USE bool s5a_record_layers_lend_in(struct s5a_tol_layer *top);
/* Back from those that hold nothing. */
void s5a_record_layers_reclaim_out(struct s5a_tol_layer *top);
void s5a_record_layers_reclaim_in(struct s5a_tol_layer *top);
/* Does one of them hold anything, or was it lent a buffer for that? */
bool s5a_record_layers_busy_out(const struct s5a_tol_layer *top);
bool s5a_record_layers_busy_in(const struct s5a_tol_layer *top);

/* Records that all of them have opened so far. */
uint64_t s5a_record_layers_received(const struct s5a_tol_layer *top);
/* Does one of them send by a schedule that what has come may change? */
bool s5a_record_layers_are_scheduled(const struct s5a_tol_layer *top);

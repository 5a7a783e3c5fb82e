/* Records in records: the halves of a relay whose stream goes by several connections of method 81, one
 * within the other, seen as one outlet and one inlet, without I/O.
 *
 * A layer is one connection's link with its outlet and inlet. `top` is the one next to the stream; each
 * names the one `below` it, in whose records its own go; the lowest is that of the socket. With one layer
 * all of this is outlet.h and inlet.h. Callers
 *
 *   lend a buffer to every layer's outlet (inlet) that has none before anything moves that way, and
 *        reclaim those that are empty afterwards
 *   read plain bytes into the top's outlet (room, took, eof of outlet.h)
 *   write what s5a_tol_layers_output gives and tell s5a_tol_layers_sent
 *   read records into the lowest's inlet (room, took, fin of inlet.h)
 *   write what s5a_tol_layers_payload gives, tell `gave` of the top's inlet, and ask s5a_tol_layers_state
 *
 * Each layer has shapes and times of its own: what one holds back or makes up is payload to those below
 * it. A full layer stops the one above it. */
#pragma once

#include "protocol/tol/inlet.h"
#include "protocol/tol/outlet.h"

struct s5a_tol_layer {
    struct s5a_tol_layer *below; /* not owned; NULL: the socket's */
    bool is_held;                /* below is full: what it has waits, whatever the time */
    struct s5a_tol_link link;
    struct s5a_tol_outlet out;
    struct s5a_tol_inlet in;
};

/* The lowest one. */
struct s5a_tol_layer *s5a_tol_layers_lowest(struct s5a_tol_layer *top);

/* As s5a_tol_outlet_output of the lowest, after the others have given it what it takes. */
int s5a_tol_layers_output(struct s5a_tol_layer *top, uint64_t now, struct iovec *iov, int max);
void s5a_tol_layers_sent(struct s5a_tol_layer *top, size_t len);
/* The soonest of their outlets' deadlines. */
uint64_t s5a_tol_layers_deadline(const struct s5a_tol_layer *top);
/* Bytes in the outlets of all: those of the stream, and what was put around them. */
size_t s5a_tol_layers_pending(const struct s5a_tol_layer *top);
/* The end records of all were written. */
bool s5a_tol_layers_done(struct s5a_tol_layer *top);
/* One of them can seal no more: reset the connection. */
bool s5a_tol_layers_failed(const struct s5a_tol_layer *top);

/* As s5a_tol_inlet_payload of the top, after those below have given it what they have. An end of any
 * kind of one below is an end of file to the one above it. */
int s5a_tol_layers_payload(struct s5a_tol_layer *top, struct iovec *iov, int max);
/* As s5a_tol_inlet_state of the top; and BAD where it has ended, and one below it has no records. */
enum s5a_tol_inlet_state s5a_tol_layers_state(const struct s5a_tol_layer *top);

/* What the files of an association share; for udp/association*.c only. */
#pragma once

#include "server/udp/association.h"

/* Ends it and tells the owner. */
void s5ad_association_finish(struct s5ad_association *a, enum s5ad_association_end how);
/* A socket for datagrams, with room for bursts; -1 with errno. */
int s5ad_association_socket(int family);
/* Something came or went. */
void s5ad_association_stir(struct s5ad_association *a);

/* association_up.c: a message of the client, header and all; what it holds stays until the batch is
 * flushed. False where it was dropped as none. */
bool s5ad_association_up(struct s5ad_association *a, struct s5a_span message);
/* For s5ad_udp_names_new. */
s5ad_udp_choose_fn s5ad_association_choose;
s5ad_udp_waited_fn s5ad_association_waited;

/* association_down.c: what is at the targets' sockets goes to the client. */
s5ad_ready_fn s5ad_association_on_v4, s5ad_association_on_v6;

/* association_stream.c */
S5A_MUST_USE bool s5ad_association_stream_open(struct s5ad_association *a);
void s5ad_association_stream_close(struct s5ad_association *a);
void s5ad_association_on_stream(struct s5ad_watch *watch, uint32_t events);
/* Takes what is in `in`; false where that ended the association. */
bool s5ad_association_stream_take(struct s5ad_association *a);
/* True where one more message surely fits; else reading from targets stops until one does. */
bool s5ad_association_stream_has_room(struct s5ad_association *a);
/* Puts a message, which has room before it, into the stream; dropped where it does not fit. */
void s5ad_association_stream_put(struct s5ad_association *a, struct s5a_span message);
/* Sends what was put; false where that ended the association. */
bool s5ad_association_stream_flush(struct s5ad_association *a);

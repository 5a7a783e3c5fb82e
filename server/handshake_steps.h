/* What the files of the handshake share; for handshake*.c only. */
#pragma once

#include "server/handshake.h"

/* The one place where a step is left. */
void s5ad_handshake_enter(struct s5ad_handshake *hs, enum s5ad_step step);
/* The same for a terminal one; `why` in static storage. */
void s5ad_handshake_end(struct s5ad_handshake *hs, enum s5ad_step step, const char *why);
/* One message, whole: what does not fit is dropped (s5ad_handshake_room). */
void s5ad_handshake_send(struct s5ad_handshake *hs, const struct s5a_writer *w);

/* handshake_wire.c: what the exchange needs is longer than other messages. */
void s5ad_handshake_enlarge(struct s5ad_handshake *hs);
/* Method 81. False when out of memory; `greeting` views the input. */
S5A_MUST_USE bool s5ad_handshake_start_records(struct s5ad_handshake *hs, struct s5a_span greeting);
/* Behind the greeting: everything off the wire is records from here on. */
void s5ad_handshake_enter_records(struct s5ad_handshake *hs);
/* Opens one record into the input: OK, or INCOMPLETE; MALFORMED where the handshake is over. */
enum s5a_status s5ad_handshake_pull(struct s5ad_handshake *hs);
/* A final result is sent: what follows it is under the keys of the session. */
void s5ad_handshake_agree(struct s5ad_handshake *hs);

/* Decoders of a step: OK goes on with the next, others wait. */
enum s5a_status s5ad_handshake_on_userpass(struct s5ad_handshake *hs, struct s5a_reader *r);
enum s5a_status s5ad_handshake_on_eaf(struct s5ad_handshake *hs, struct s5a_reader *r);
enum s5a_status s5ad_handshake_on_request(struct s5ad_handshake *hs, struct s5a_reader *r);

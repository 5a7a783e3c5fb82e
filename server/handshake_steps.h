/* What the files of the handshake share; for handshake*.c only. */
#pragma once

#include "server/handshake.h"

/* The one place where a step is left. */
void s5ad_handshake_enter(struct s5ad_handshake *hs, enum s5ad_step step);
/* The same for a terminal one; `why` in static storage. */
void s5ad_handshake_end(struct s5ad_handshake *hs, enum s5ad_step step, const char *why);
/* One message, whole: what does not fit is dropped (s5ad_handshake_room). */
void s5ad_handshake_send(struct s5ad_handshake *hs, const struct s5a_writer *w);

/* Decoders of a step: OK goes on with the next, others wait. */
enum s5a_status s5ad_handshake_on_userpass(struct s5ad_handshake *hs, struct s5a_reader *r);
enum s5a_status s5ad_handshake_on_eaf(struct s5ad_handshake *hs, struct s5a_reader *r);
enum s5a_status s5ad_handshake_on_request(struct s5ad_handshake *hs, struct s5a_reader *r);

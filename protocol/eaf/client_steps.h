/* What the files of the client's side share; for client*.c only. */
#pragma once

#include "protocol/eaf/client.h"

/* The one place where a step is left; terminal ones absorb. */
void s5a_eaf_client_enter(struct s5a_eaf_client *c, enum s5a_eaf_want want);
void s5a_eaf_client_fail(struct s5a_eaf_client *c, enum s5a_status status);
/* The key of message 1, `resumption` NULL without a ticket. */
enum s5a_status s5a_eaf_client_key(struct s5a_eaf_client *c, const struct s5a_key *resumption);

/* client_send.c */
void s5a_eaf_client_send_first(struct s5a_eaf_client *c, struct s5a_writer *w);
/* Begins to log in by one method, or by the best one that there is where it is not configured and
 * `binding` is not set: asks, or waits for a code, or sends the credential. */
void s5a_eaf_client_log_in(struct s5a_eaf_client *c, uint8_t mid, bool binding,
                           struct s5a_writer *w);
/* The credential of the method at work; first waits for a code where it needs one. */
void s5a_eaf_client_send_credential(struct s5a_eaf_client *c, struct s5a_writer *w);

/* client_receive.c: a whole message. Another status than OK is a failure. */
enum s5a_status s5a_eaf_client_receive(struct s5a_eaf_client *c,
                                       const struct s5a_eaf_message *message, struct s5a_writer *w);

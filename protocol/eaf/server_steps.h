/* What the files of the server's side share; for server*.c only. */
#pragma once

#include "protocol/eaf/server.h"

enum { S5A_EAF_STEPS_MAX = 5 };

/* The one place where a step is left; terminal ones absorb. */
void s5a_eaf_server_enter(struct s5a_eaf_server *x, enum s5a_eaf_ask ask);
void s5a_eaf_server_close(struct s5a_eaf_server *x, const char *why);

/* server_receive.c: a whole message. OK where it was taken, INCOMPLETE where it has to come again. */
enum s5a_status s5a_eaf_server_receive(struct s5a_eaf_server *x,
                                       const struct s5a_eaf_message *message, struct s5a_writer *w);
/* server_order.c: NULL where this AUTH may come now; otherwise what is wrong. */
const char *s5a_eaf_server_disorder(const struct s5a_eaf_server *x,
                                    const struct s5a_metadata *list);
/* server_answer.c: the key of a key fetch. */
void s5a_eaf_server_send_static(struct s5a_eaf_server *x, struct s5a_writer *w);
/* A refusal at any point after the HMAC of message 1. */
void s5a_eaf_server_send_refusal(struct s5a_eaf_server *x, const struct s5a_eaf_refusal *refusal,
                                 struct s5a_writer *w);

/* What the files of the opening share; for opening*.c only. */
#pragma once

#include "server/opening.h"

/* Goes on as far as can be without waiting; the opening may be over when it returns. */
void s5ad_opening_proceed(struct s5ad_opening *opening);
/* Gives the client the time of a handshake, from now. */
void s5ad_opening_set_limit(struct s5ad_opening *opening);

/* It is no handshake any more. */
void s5ad_opening_depart(struct s5ad_opening *opening);

/* opening_asks.c: each starts what is asked for, once. */
void s5ad_opening_start_login(struct s5ad_opening *opening);
/* True where it was answered at once. */
bool s5ad_opening_start_eaf(struct s5ad_opening *opening);
/* opening_commands.c: the same for the request. */
bool s5ad_opening_start_command(struct s5ad_opening *opening);
/* The last reply to the request, as s5ad_handshake_reply has it; the caller proceeds. */
void s5ad_opening_reply(struct s5ad_opening *opening, uint8_t rep, const struct s5a_address *bound,
                        uint16_t port, const char *why);
void s5ad_opening_replies(struct s5ad_opening *opening, const struct s5a_reply *replies,
                          size_t count);
/* The same for a refusal; true. */
bool s5ad_opening_refuse(struct s5ad_opening *opening, uint8_t rep, const char *why);
/* opening_resolve.c */
void s5ad_opening_init_resolve(struct s5ad_opening *opening);
bool s5ad_opening_start_resolve(struct s5ad_opening *opening);
void s5ad_opening_stop_resolve(struct s5ad_opening *opening);

/* What calls when it is done. */
void s5ad_opening_on_reached(struct s5ad_target *target);
void s5ad_opening_on_decided(struct s5ad_credential *credential, bool accepted, const char *why);
void s5ad_opening_on_admitted(struct s5ad_admission *admission);

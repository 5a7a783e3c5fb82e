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
/* True where the client may: by what EAF agreed on, or by what its user may. */
bool s5ad_opening_is_allowed(const struct s5ad_opening *opening, enum s5a_session_flag flag);
/* A share of the client's principal; as s5ad_share_take. */
S5A_MUST_USE const char *s5ad_opening_take_share(struct s5ad_opening *opening,
                                                 enum s5ad_quota_kind kind,
                                                 const struct s5ad_quota_limit *limit);
/* Where clients come to, by the connection of this one; loopback behind a Unix socket. */
struct s5ad_sockaddr s5ad_opening_local(const struct s5ad_opening *opening);
/* What the lists of all and of the user say against an address; NULL: nothing. */
const char *s5ad_opening_objection(const struct s5ad_opening *opening,
                                   const struct s5ad_sockaddr *to);
/* Takes what they forbid out of `target.found`; NULL, or why nothing is left. */
const char *s5ad_opening_sift(struct s5ad_opening *opening);
/* Starts the target; false. */
bool s5ad_opening_start_target(struct s5ad_opening *opening);
/* The reply that tells the outgoing address of the target. */
void s5ad_opening_tell_outgoing(struct s5ad_opening *opening);
/* opening_pool.c */
bool s5ad_opening_start_pool_new(struct s5ad_opening *opening);
void s5ad_opening_pool_reached(struct s5ad_opening *opening);
bool s5ad_opening_start_pool_get(struct s5ad_opening *opening);
/* opening_bind.c */
void s5ad_opening_init_bind(struct s5ad_opening *opening);
bool s5ad_opening_start_bind(struct s5ad_opening *opening);
/* opening_udp.c */
bool s5ad_opening_start_udp(struct s5ad_opening *opening);
/* opening_resolve.c */
void s5ad_opening_init_resolve(struct s5ad_opening *opening);
bool s5ad_opening_start_resolve(struct s5ad_opening *opening);
/* Watches over a look-up that was asked for, NULL: it was not; true where that was refused. */
bool s5ad_opening_begin_look_up(struct s5ad_opening *opening, struct s5ad_lookup *lookup);
void s5ad_opening_stop_resolve(struct s5ad_opening *opening);

/* What calls when it is done. */
void s5ad_opening_on_reached(struct s5ad_target *target);
void s5ad_opening_on_decided(struct s5ad_credential *credential, bool accepted, const char *why);
void s5ad_opening_on_admitted(struct s5ad_admission *admission);

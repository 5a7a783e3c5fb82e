/* The part of a session that logs in by EAF. For client/session alone. */
#pragma once

#include "client/session/session.h"

/* Checks means and target, and queues greeting, version and message 1, these in records under 81. */
S5A_MUST_USE enum s5a_status s5a_session_offer_login(struct s5a_session *s,
                                                     const struct s5a_login_means *means);
/* The row of the state EAF. */
size_t s5a_session_missing_eaf(const struct s5a_session *s, struct s5a_span have);
S5A_MUST_USE enum s5a_status s5a_session_take_eaf(struct s5a_session *s, struct s5a_reader *r);
/* True where message 1 was not answered by a message: what a server does whose keys are others. */
bool s5a_session_is_cut_off(const struct s5a_session *s);
/* Keeps what the proxy says of a refusal, printable. */
void s5a_session_note_detail(struct s5a_session *s, uint16_t code, struct s5a_span message);

/* Of session_life.c: another request in place of the last one. */
void s5a_session_set_ask(struct s5a_session *s, const struct s5a_ask *ask);
/* Of session.c: the log-in is over; queues the request where it is not out already, or rests. */
S5A_MUST_USE enum s5a_status s5a_session_logged_in(struct s5a_session *s);
/* Of session.c: the one place where a state is left, and the end without success. */
void s5a_session_enter(struct s5a_session *s, enum s5a_session_state state);
void s5a_session_fail(struct s5a_session *s, enum s5a_status status);

/* The row of the state REPLY. For client/session alone. */
#pragma once

#include "client/session/session.h"

size_t s5a_session_missing_reply(const struct s5a_session *s, struct s5a_span have);
/* Notes what a reply says and goes where its command leads. */
S5A_MUST_USE enum s5a_status s5a_session_take_reply(struct s5a_session *s, struct s5a_reader *r);
/* True where what has come of a reply that will never be whole says that the request was refused. */
bool s5a_session_is_refusal(struct s5a_session *s);

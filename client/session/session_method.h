/* The rows of the states SELECTION and LOGIN. For client/session alone. */
#pragma once

#include "client/session/session.h"

size_t s5a_session_missing_selection(const struct s5a_session *s, struct s5a_span have);
S5A_MUST_USE enum s5a_status s5a_session_take_selection(struct s5a_session *s,
                                                        struct s5a_reader *r);
size_t s5a_session_missing_login(const struct s5a_session *s, struct s5a_span have);
S5A_MUST_USE enum s5a_status s5a_session_take_login(struct s5a_session *s, struct s5a_reader *r);

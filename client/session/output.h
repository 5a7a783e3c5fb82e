/* What a session sends. For client/session alone. */
#pragma once

#include "client/session/session.h"

/* Puts the methods on offer, checks that credentials and request can be sent at all, and queues the
 * greeting, with everything behind it where `pipeline` and the methods allow it. */
S5A_MUST_USE enum s5a_status s5a_session_offer(struct s5a_session *s, bool pipeline);
S5A_MUST_USE enum s5a_status s5a_session_queue_login(struct s5a_session *s);
S5A_MUST_USE enum s5a_status s5a_session_queue_request(struct s5a_session *s);

/* A writer over the room of `out`, and what was written counted: each time as records of its own under
 * 81. TOO_LONG where it did not fit. */
struct s5a_writer s5a_session_writer(struct s5a_session *s);
S5A_MUST_USE enum s5a_status s5a_session_commit(struct s5a_session *s, const struct s5a_writer *w);
/* Before a log-in: whether the request can be sent, where its proxy grants all that it can. */
S5A_MUST_USE enum s5a_status s5a_session_check_ask(const struct s5a_session *s);

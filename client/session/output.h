/* What a session sends. For client/session alone. */
#pragma once

#include "client/session/session.h"

/* Puts the methods on offer, checks that credentials and target can be sent at all, and queues the
 * greeting, with everything behind it where `pipeline` and the methods allow it. */
S5A_MUST_USE enum s5a_status s5a_session_offer(struct s5a_session *s, bool pipeline);
S5A_MUST_USE enum s5a_status s5a_session_queue_login(struct s5a_session *s);
S5A_MUST_USE enum s5a_status s5a_session_queue_request(struct s5a_session *s);

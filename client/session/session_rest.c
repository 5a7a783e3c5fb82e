/* A session at rest: what comes without being asked for. */
#include "client/session/session_login.h"

size_t s5a_session_rest_want(const struct s5a_session *s)
{
    return s5a_session_is_ready(s) && s->wire != NULL ? s5a_wire_missing(s->wire) : 0;
}

static void take(struct s5a_session *s, struct s5a_span *bytes)
{
    enum s5a_status status = s5a_wire_take(s->wire, bytes, &s->in);
    if (status == S5A_OK && s5a_buffer_peek(&s->in).len > 0)
        status = S5A_MALFORMED; /* an answer before the question */
    if (status != S5A_OK)
        s5a_session_fail(s, status);
}

void s5a_session_rest_feed(struct s5a_session *s, const void *bytes, size_t len)
{
    struct s5a_span left = { bytes, len };
    while (left.len > 0 && s5a_session_rest_want(s) > 0)
        take(s, &left);
}

/* The proxy's choice of a method, and RFC 1929. */
#include "client/session/session_method.h"

#include "client/session/output.h"
#include "client/session/session_login.h"
#include "protocol/greeting.h"
#include "protocol/userpass.h"

size_t s5a_session_missing_selection(const struct s5a_session *s, struct s5a_span have)
{
    (void)s;
    return S5A_SELECTION_LEN - have.len;
}

enum s5a_status s5a_session_take_selection(struct s5a_session *s, struct s5a_reader *r)
{
    struct s5a_reader whole = *r;
    uint8_t method;
    struct s5a_span offered = { s->methods, s->methods_len };
    enum s5a_status status = s5a_selection_decode(r, offered, &method);
    if (status == S5A_MALFORMED && s->exchange != NULL)
        return S5A_NOT_OFFERED;
    if (status == S5A_MALFORMED && s5a_read_u8(&whole) == S5A_VERSION &&
        s5a_read_u8(&whole) == S5A_METHOD_PASSWORD && s->proxy->user == NULL)
        return S5A_NO_CREDENTIALS; /* not offered, but this is what people need to hear */
    if (status != S5A_OK)
        return status;
    s->method = method;
    if (method == S5A_METHOD_REJECTED)
        return S5A_NO_METHOD;
    if (s->exchange != NULL) {
        s5a_session_enter(s, S5A_SESSION_EAF);
        return S5A_OK;
    }
    if (method == S5A_METHOD_NONE)
        return s5a_session_logged_in(s);
    s5a_session_enter(s, S5A_SESSION_LOGIN);
    return s->pipelined ? S5A_OK : s5a_session_queue_login(s);
}

size_t s5a_session_missing_login(const struct s5a_session *s, struct s5a_span have)
{
    (void)s;
    return S5A_USERPASS_STATUS_LEN - have.len;
}

enum s5a_status s5a_session_take_login(struct s5a_session *s, struct s5a_reader *r)
{
    uint8_t refused;
    enum s5a_status status = s5a_userpass_status_decode(r, &refused);
    if (status != S5A_OK)
        return status;
    if (refused != 0)
        return S5A_LOGIN_REFUSED;
    return s5a_session_logged_in(s);
}

/* Method negotiation: greeting and selection. */
#include "protocol/greeting.h"

#include <string.h>

enum s5a_status s5a_greeting_decode(struct s5a_reader *r, struct s5a_span *methods)
{
    struct s5a_reader at = *r;
    *methods = (struct s5a_span){ NULL, 0 };
    uint8_t version = s5a_read_u8(&at);
    if (!at.bad && version != S5A_VERSION)
        return S5A_MALFORMED;
    uint8_t count = s5a_read_u8(&at);
    if (!at.bad && count == 0)
        return S5A_MALFORMED;
    struct s5a_span list = s5a_read_span(&at, count);
    if (at.bad)
        return S5A_INCOMPLETE;
    *methods = list;
    *r = at;
    return S5A_OK;
}

enum s5a_status s5a_selection_decode(struct s5a_reader *r, struct s5a_span offered, uint8_t *method)
{
    struct s5a_reader at = *r;
    *method = S5A_METHOD_REJECTED;
    uint8_t version = s5a_read_u8(&at);
    if (!at.bad && version != S5A_VERSION)
        return S5A_MALFORMED;
    uint8_t selected = s5a_read_u8(&at);
    if (at.bad)
        return S5A_INCOMPLETE;
    bool is_offered = offered.len > 0 && memchr(offered.at, selected, offered.len);
    if (!is_offered && selected != S5A_METHOD_REJECTED)
        return S5A_MALFORMED;
    *method = selected;
    *r = at;
    return S5A_OK;
}

void s5a_greeting_encode(struct s5a_writer *w, struct s5a_span methods)
{
    s5a_write_u8(w, S5A_VERSION);
    s5a_write_vec8(w, methods);
    if (methods.len == 0)
        w->bad = true;
}

void s5a_selection_encode(struct s5a_writer *w, uint8_t method)
{
    s5a_write_u8(w, S5A_VERSION);
    s5a_write_u8(w, method);
}

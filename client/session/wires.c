/* Wires in wires. Recursion is as deep as a chain is long (S5A_HOPS_MAX). */
#include "client/session/wires.h"

static struct s5a_wire *lowest(struct s5a_wire *wire)
{
    while (wire->below != NULL)
        wire = wire->below;
    return wire;
}

/* ---- what goes ---- */

/* So much of `len` bytes surely fits into `out`, in one record. */
static size_t fitting(struct s5a_wire *wire, size_t len)
{
    size_t beside = s5a_tol_link_encoded_max(&wire->link, 1) - 1, room = 0;
    (void)s5a_buffer_space(&wire->out, &room);
    size_t most = room > beside ? room - beside : 0;
    return len < most ? len : most;
}

static void sink(struct s5a_wire *wire)
{
    if (wire->below == NULL)
        return;
    sink(wire->below);
    struct s5a_span out = s5a_buffer_peek(&wire->out);
    s5a_buffer_consume(&wire->out, s5a_wires_put(wire->below, out));
}

size_t s5a_wires_put(struct s5a_wire *top, struct s5a_span bytes)
{
    size_t put = 0;
    for (size_t len; (len = fitting(top, bytes.len - put)) > 0; put += len) {
        if (s5a_wire_encode(top, (struct s5a_span){ bytes.at + put, len }) != S5A_OK)
            break;
        sink(top);
    }
    return put;
}

struct s5a_span s5a_wires_output(const struct s5a_wire *top)
{
    while (top->below != NULL)
        top = top->below;
    return s5a_buffer_peek(&top->out);
}

void s5a_wires_sent(struct s5a_wire *top, size_t len)
{
    s5a_buffer_consume(&lowest(top)->out, len);
    sink(top);
}

/* ---- what comes ---- */

size_t s5a_wires_want(const struct s5a_wire *top)
{
    while (top->below != NULL)
        top = top->below;
    return s5a_wire_missing(top);
}

enum s5a_status s5a_wires_feed(struct s5a_wire *top, struct s5a_span bytes)
{
    struct s5a_wire *nearest = lowest(top);
    return s5a_wire_take(nearest, &bytes, &nearest->early);
}

/* Of what waits in the wire below, up to the end of one record. */
static enum s5a_status raise(struct s5a_wire *wire, struct s5a_span waiting)
{
    size_t before = waiting.len;
    enum s5a_status status = s5a_wire_take(wire, &waiting, &wire->early);
    s5a_buffer_consume(&wire->below->early, before - waiting.len);
    return status;
}

/* `early` holds one payload at most: another is opened once it is empty. */
enum s5a_status s5a_wires_come(struct s5a_wire *top, struct s5a_span *come)
{
    enum s5a_status status = S5A_OK;
    struct s5a_span waiting = { NULL, 0 };
    while ((*come = s5a_buffer_peek(&top->early)).len == 0 && top->below != NULL) {
        status = s5a_wires_come(top->below, &waiting);
        if (status != S5A_OK || waiting.len == 0)
            break;
        status = raise(top, waiting);
        if (status != S5A_OK)
            break;
    }
    return status;
}

void s5a_wires_took(struct s5a_wire *top, size_t len)
{
    s5a_buffer_consume(&top->early, len);
}

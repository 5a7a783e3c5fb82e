/* Layers: their beginning and end, and their buffers. */
#include "shim/engine/record_layers.h"

#include "client/clock.h"
#include "shim/engine/cells.h"
#include "shim/engine/lent.h"

static struct s5a_cells cells = S5A_CELLS(struct s5a_tol_layer, 16); /* some 2 KiB each */

/* ---- life ---- */

void s5a_record_layers_free(struct s5a_tol_layer *top)
{
    while (top != NULL) {
        struct s5a_tol_layer *below = top->below;
        s5a_lent_give(S5A_LENT_OUT, s5a_tol_outlet_reclaim(&top->out, true));
        s5a_lent_give(S5A_LENT_IN, s5a_tol_inlet_reclaim(&top->in, true));
        s5a_cell_give(&cells, top);
        top = below;
    }
}

void s5a_record_layers_forget_all(void)
{
    s5a_cells_give_all(&cells);
}

/* As many as there are wires. */
static struct s5a_tol_layer *take_all(const struct s5a_wire *wires)
{
    struct s5a_tol_layer *top = NULL;
    for (; wires != NULL; wires = wires->below) {
        struct s5a_tol_layer *one = s5a_cell_take(&cells);
        if (one == NULL) {
            s5a_record_layers_free(top);
            return NULL;
        }
        one->below = top;
        top = one;
    }
    return top;
}

/* One payload always fits. */
static void begin(struct s5a_tol_layer *layer, struct s5a_wire *wire)
{
    const struct s5a_span none = { NULL, 0 };
    s5a_tol_link_move(&layer->link, &wire->link);
    s5a_tol_outlet_init(&layer->out, &layer->link, s5a_now());
    (void)!s5a_tol_inlet_prime(&layer->in, s5a_buffer_peek(&wire->early), none);
}

struct s5a_tol_layer *s5a_record_layers_new(struct s5a_wire *wires)
{
    struct s5a_tol_layer *top = take_all(wires), *layer = top;
    if (top == NULL)
        return NULL;
    for (struct s5a_tol_layer *l = top; l != NULL; l = l->below)
        s5a_tol_inlet_init(&l->in, &l->link);
    if (!s5a_record_layers_lend_in(top)) {
        s5a_record_layers_free(top);
        return NULL;
    }
    for (struct s5a_wire *wire = wires; wire != NULL; wire = wire->below, layer = layer->below)
        begin(layer, wire);
    s5a_wire_free(wires);
    s5a_record_layers_reclaim_in(top);
    return top;
}

/* ---- buffers ---- */

bool s5a_record_layers_lend_out(struct s5a_tol_layer *top)
{
    for (; top != NULL; top = top->below) {
        uint8_t *buffer = NULL;
        if (s5a_tol_outlet_has_buffer(&top->out))
            continue;
        buffer = s5a_lent_take(S5A_LENT_OUT);
        if (buffer == NULL)
            return false;
        s5a_tol_outlet_lend(&top->out, buffer);
    }
    return true;
}

bool s5a_record_layers_lend_in(struct s5a_tol_layer *top)
{
    for (; top != NULL; top = top->below) {
        uint8_t *buffer = NULL;
        if (s5a_tol_inlet_has_buffer(&top->in))
            continue;
        buffer = s5a_lent_take(S5A_LENT_IN);
        if (buffer == NULL)
            return false;
        s5a_tol_inlet_lend(&top->in, buffer);
    }
    return true;
}

void s5a_record_layers_reclaim_out(struct s5a_tol_layer *top)
{
    for (; top != NULL; top = top->below)
        s5a_lent_give(S5A_LENT_OUT, s5a_tol_outlet_reclaim(&top->out, false));
}

void s5a_record_layers_reclaim_in(struct s5a_tol_layer *top)
{
    for (; top != NULL; top = top->below)
        s5a_lent_give(S5A_LENT_IN, s5a_tol_inlet_reclaim(&top->in, false));
}

bool s5a_record_layers_busy_out(const struct s5a_tol_layer *top)
{
    for (; top != NULL; top = top->below)
        if (s5a_tol_outlet_has_buffer(&top->out))
            return true;
    return false;
}

bool s5a_record_layers_busy_in(const struct s5a_tol_layer *top)
{
    for (; top != NULL; top = top->below)
        if (s5a_tol_inlet_has_buffer(&top->in))
            return true;
    return false;
}

/* ---- what has come ---- */

uint64_t s5a_record_layers_received(const struct s5a_tol_layer *top)
{
    uint64_t received = 0;
    for (; top != NULL; top = top->below)
        received += top->link.received;
    return received;
}

bool s5a_record_layers_are_scheduled(const struct s5a_tol_layer *top)
{
    for (; top != NULL; top = top->below)
        if (top->link.shape.type >= S5A_TOL_MASKING)
            return true;
    return false;
}

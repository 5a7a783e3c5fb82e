/* The memory of relays. */
#include "shim/engine/relay_slots.h"

#include "shim/engine/cells.h"

static struct s5a_cells cells = S5A_CELLS(struct s5a_relay, 32);

struct s5a_relay *s5a_relay_slot_take(void)
{
    return s5a_cell_take(&cells);
}

void s5a_relay_slot_give(struct s5a_relay *relay)
{
    s5a_cell_give(&cells, relay);
}

void s5a_relay_forget_all(void)
{
    s5a_cells_give_all(&cells);
    s5a_record_layers_forget_all();
}

/* The memory of relays. For the relay alone. */
#pragma once

#include <stdatomic.h>

#include "shim/engine/record_layers.h"
#include "shim/engine/relay.h"

struct s5a_relay {
    bool is_refused;           /* the program reads no more: what comes for it is thrown away */
    bool is_ended;             /* it was told that the stream has ended */
    bool is_let_go;            /* nobody holds the gate, … */
    bool is_unread;            /* … and bytes for the program were left in it */
    uint64_t patience;         /* ms: nobody holds the gate; how long what was sent is waited for */
    uint64_t look;             /* ms: when to look at that again */
    atomic_size_t waiting;     /* s5a_relay_waiting */
    struct s5a_tol_layer *top; /* owned: of the records, next to the gate */
    struct s5a_tol_layer *low; /* … and next to the connection: the same where there is one */
};

/* Zeroed; NULL: memory is out. Under the lock. */
struct s5a_relay *s5a_relay_slot_take(void);
/* Overwrites it. */
void s5a_relay_slot_give(struct s5a_relay *relay);

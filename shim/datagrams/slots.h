/* The storage of the table of UDP sockets: slots, and descriptor numbers that lead to them. For
 * associations.c; under the lock but for what is read. */
#pragma once

#include "shim/datagrams/associations.h"

/* `version` is odd while the slot is written, under the lock and with signals blocked: who reads
 * meanwhile reads again. */
struct s5a_slot {
    atomic_uint version;
    unsigned references; /* descriptor numbers; 0: free */
    uint32_t next;       /* of the free */
    struct s5a_association value;
    struct s5a_targets targets; /* under the lock */
};

/* NULL: 0, or beyond all that were ever taken. */
struct s5a_slot *s5a_slot_at(uint32_t number);
/* Those of the socket, under the lock; NULL where it is gone. */
struct s5a_targets *s5a_slot_targets(const struct s5a_association *a);
/* The highest one that was ever in use. */
uint32_t s5a_slot_last(void);
/* Its value, unless it is being written. */
bool s5a_slot_copy(struct s5a_slot *slot, struct s5a_association *out);
/* Around changes of its value. */
void s5a_slot_open(struct s5a_slot *slot);
void s5a_slot_shut(struct s5a_slot *slot);
/* A fresh one without references, to be hinted at; 0: none can be had. */
uint32_t s5a_slot_new(uint64_t cookie, const struct s5a_socket_kind *kind);
/* That of a socket which is known under another number, since its dup() was not seen; or 0. */
uint32_t s5a_slot_known(uint64_t cookie);

/* The slot that a descriptor number leads to; 0: none. Without the lock, too. */
uint32_t s5a_slot_hinted(int fd);
void s5a_slot_hint(int fd, uint32_t number);
/* The last one gives the slot back, and ends the association. */
void s5a_slot_unhint(int fd);
int s5a_slot_highest(void); /* number that was ever hinted */
/* A private duplicate of the socket, by one of the numbers that lead to it. -errno. Not under the lock. */
S5A_MUST_USE int s5a_slot_socket(const struct s5a_association *known);

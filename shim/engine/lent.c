/* Buffers for relays that are busy. */
#include "shim/engine/lent.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

#include "protocol/tol/inlet.h"
#include "protocol/tol/outlet.h"

enum { KINDS = 2, KEPT = 2 };

static uint8_t *_Atomic kept[KINDS][KEPT];

static size_t size_of(enum s5a_lent_kind kind)
{
    return kind == S5A_LENT_OUT ? S5A_TOL_OUT_CAP : S5A_TOL_IN_CAP;
}

uint8_t *s5a_lent_take(enum s5a_lent_kind kind)
{
    for (int i = 0; i < KEPT; i++) {
        uint8_t *buffer = atomic_exchange(&kept[kind][i], NULL);
        if (buffer != NULL)
            return buffer;
    }
    void *fresh =
        mmap(NULL, size_of(kind), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return fresh == MAP_FAILED ? NULL : fresh;
}

void s5a_lent_give(enum s5a_lent_kind kind, uint8_t *buffer)
{
    for (int i = 0; buffer != NULL && i < KEPT; i++) {
        uint8_t *none = NULL;
        if (atomic_compare_exchange_strong(&kept[kind][i], &none, buffer))
            return;
    }
    if (buffer != NULL)
        munmap(buffer, size_of(kind));
}

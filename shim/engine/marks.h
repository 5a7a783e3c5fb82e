/* A set of descriptor numbers that every thread may ask, and change, without a lock. A byte of it
 * costs nothing until a number in its page is marked. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    S5A_MARKS_MAX = 1 << 20, /* numbers above cannot be marked */
    S5A_MARKS_WORD = 64,
};

struct s5a_marks {
    _Atomic uint64_t words[S5A_MARKS_MAX / S5A_MARKS_WORD];
    atomic_int highest; /* no number above it was ever marked */
};

/* False where the number is too high. */
bool s5a_marks_set(struct s5a_marks *marks, int fd);
void s5a_marks_clear(struct s5a_marks *marks, int fd);
/* The first one marked from `from` on; ~0u: none. */
unsigned s5a_marks_next(const struct s5a_marks *marks, unsigned from);

static inline bool s5a_marks_has(const struct s5a_marks *marks, int fd)
{
    return fd >= 0 && fd < S5A_MARKS_MAX &&
           fd <= atomic_load_explicit(&marks->highest, memory_order_relaxed) &&
           (atomic_load_explicit(&marks->words[fd / S5A_MARKS_WORD], memory_order_relaxed) >>
                (fd % S5A_MARKS_WORD) &
            1) != 0;
}

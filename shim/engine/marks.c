/* A set of descriptor numbers. */
#include "shim/engine/marks.h"

static uint64_t bit_of(int fd)
{
    return UINT64_C(1) << (fd % S5A_MARKS_WORD);
}

bool s5a_marks_set(struct s5a_marks *marks, int fd)
{
    int known = atomic_load(&marks->highest);
    if (fd < 0 || fd >= S5A_MARKS_MAX)
        return false;
    atomic_fetch_or(&marks->words[fd / S5A_MARKS_WORD], bit_of(fd));
    while (known < fd && !atomic_compare_exchange_weak(&marks->highest, &known, fd))
        continue;
    return true;
}

void s5a_marks_clear(struct s5a_marks *marks, int fd)
{
    if (fd >= 0 && fd < S5A_MARKS_MAX)
        atomic_fetch_and(&marks->words[fd / S5A_MARKS_WORD], ~bit_of(fd));
}

unsigned s5a_marks_next(const struct s5a_marks *marks, unsigned from)
{
    unsigned end = (unsigned)atomic_load(&marks->highest);
    while (from <= end && from < S5A_MARKS_MAX) {
        uint64_t word = atomic_load(&marks->words[from / S5A_MARKS_WORD]) >> from % S5A_MARKS_WORD;
        if (word != 0)
            return from + (unsigned)__builtin_ctzll(word);
        from = (from / S5A_MARKS_WORD + 1) * S5A_MARKS_WORD;
    }
    return ~0u;
}

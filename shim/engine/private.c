/* Descriptors of the shim's own. */
#include "shim/engine/private.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/resource.h>

#include "shim/lock.h"
#include "shim/real.h"
#include "shim/result.h"

enum {
    BASE = 1024,       /* where they begin, if the limit allows: beyond what select() can hold */
    NUMBERS = 1 << 20, /* numbers above cannot be hidden */
    WORD = 64,         /* numbers in a word of marks */
};

static _Atomic uint64_t marks[NUMBERS / WORD];
static atomic_int highest; /* no number above it was ever marked */

static void mark(int fd)
{
    int known = atomic_load(&highest);
    if (fd >= NUMBERS)
        return;
    atomic_fetch_or(&marks[fd / WORD], UINT64_C(1) << (fd % WORD));
    while (known < fd && !atomic_compare_exchange_weak(&highest, &known, fd))
        continue;
}

static void unmark(int fd)
{
    if (fd >= 0 && fd < NUMBERS)
        atomic_fetch_and(&marks[fd / WORD], ~(UINT64_C(1) << (fd % WORD)));
}

bool s5a_is_private(int fd)
{
    return fd > 0 && fd < NUMBERS && fd <= atomic_load_explicit(&highest, memory_order_relaxed) &&
           (atomic_load_explicit(&marks[fd / WORD], memory_order_relaxed) >> (fd % WORD) & 1) != 0;
}

static int copy_from(int fd, rlim_t base)
{
    return (int)s5a_from_libc(S5A_REAL(fcntl)(fd, F_DUPFD_CLOEXEC, (int)base));
}

/* The soft limit bounds the numbers of new descriptors only, and is the program's matter: it is
 * lifted for this one call, so that our numbers take none away from the program. */
static int copy_above(int fd, const struct rlimit *limit)
{
    struct rlimit lifted = { limit->rlim_max, limit->rlim_max };
    struct s5a_locked locked;
    int copy = -EMFILE;
    s5a_lock(&locked);
    if (setrlimit(RLIMIT_NOFILE, &lifted) == 0) {
        copy = copy_from(fd, limit->rlim_cur);
        (void)setrlimit(RLIMIT_NOFILE, limit);
    }
    s5a_unlock(&locked);
    return copy;
}

static int copy_anywhere(int fd)
{
    struct rlimit limit;
    int copy = -EMFILE;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return copy_from(fd, 0);
    if (limit.rlim_cur > BASE)
        copy = copy_from(fd, BASE);
    if (copy == -EMFILE && limit.rlim_max > limit.rlim_cur)
        copy = copy_above(fd, &limit);
    if (copy == -EMFILE)
        copy = copy_from(fd, limit.rlim_cur / 2);
    return copy == -EMFILE ? copy_from(fd, 0) : copy;
}

int s5a_private_copy(int fd)
{
    int copy = copy_anywhere(fd);
    if (copy >= 0)
        mark(copy);
    return copy;
}

int s5a_private_move(int fd)
{
    int copy = s5a_private_copy(fd);
    S5A_REAL(close)(fd);
    return copy;
}

void s5a_private_close(int fd)
{
    if (fd < 0)
        return;
    unmark(fd); /* first: the number may be the program's the moment it is closed */
    S5A_REAL(close)(fd);
}

void s5a_private_close_at(void *fd)
{
    s5a_private_close(*(int *)fd);
}

/* The first private number from `from` on; INT_MAX: none. */
static unsigned next_private(unsigned from)
{
    unsigned end = (unsigned)atomic_load(&highest);
    while (from <= end && from < NUMBERS) {
        uint64_t word = atomic_load(&marks[from / WORD]) >> (from % WORD);
        if (word != 0)
            return from + (unsigned)__builtin_ctzll(word);
        from = (from / WORD + 1) * WORD;
    }
    return ~0u;
}

int s5a_private_close_range(unsigned first, unsigned last, int flags)
{
    while (first <= last) {
        unsigned ours = next_private(first);
        unsigned end = ours > last ? last : ours - 1;
        if ((ours > last || ours > first) && S5A_REAL(close_range)(first, end, flags) != 0)
            return -errno;
        if (ours >= last)
            return 0;
        first = ours + 1;
    }
    return S5A_REAL(close_range)(first, last, flags) == 0 ? 0 : -errno; /* EINVAL */
}

void s5a_private_forget(void)
{
    for (unsigned fd = next_private(0); fd != ~0u; fd = next_private(fd + 1))
        s5a_private_close((int)fd);
    atomic_store(&highest, 0);
}

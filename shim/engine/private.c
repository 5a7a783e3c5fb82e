/* Descriptors of the shim's own. */
#include "shim/engine/private.h"

#include <errno.h>
#include <sys/resource.h>

#include "shim/engine/marks.h"
#include "shim/lock.h"
#include "shim/real.h"
#include "shim/result.h"

enum {
    BASE = 1024,    /* where they begin, if the limit allows: beyond what select() can hold */
    PLENTY = 65536, /* a limit that leaves the program enough */
};

static struct s5a_marks ours;
static struct s5a_marks kept; /* of ours, over a fork */
static struct s5a_marks left; /* … not in a keeper */

bool s5a_is_private(int fd)
{
    return s5a_marks_has(&ours, fd);
}

static int copy_from(int fd, rlim_t base)
{
    return (int)s5a_from_libc(S5A_REAL(fcntl)(fd, F_DUPFD_CLOEXEC, (int)base));
}

/* The soft limit bounds the numbers of new descriptors only, and is the program's matter: it is
 * lifted for one call, so that our numbers take none away from the program. Under the lock. */
static bool lift(const struct rlimit *limit)
{
    struct rlimit lifted = { limit->rlim_max, limit->rlim_max };
    return limit->rlim_max > limit->rlim_cur && setrlimit(RLIMIT_NOFILE, &lifted) == 0;
}

static void lower(const struct rlimit *limit)
{
    (void)setrlimit(RLIMIT_NOFILE, limit);
}

static int copy_above_locked(int fd, const struct rlimit *limit)
{
    int copy = -EMFILE;
    if (lift(limit)) {
        copy = copy_from(fd, limit->rlim_cur);
        lower(limit);
    }
    return copy;
}

/* A keeper begins under the lock. */
static int copy_above(int fd, const struct rlimit *limit)
{
    struct s5a_locked locked;
    if (s5a_lock_is_mine())
        return copy_above_locked(fd, limit);
    s5a_lock(&locked);
    int copy = copy_above_locked(fd, limit);
    s5a_unlock(&locked);
    return copy;
}

int s5a_private_put(int fd, int number, int flags)
{
    struct rlimit limit;
    int put = (int)s5a_from_libc(S5A_REAL(dup3)(fd, number, flags));
    if (put != -EBADF || getrlimit(RLIMIT_NOFILE, &limit) != 0 || !lift(&limit))
        return put;
    put = (int)s5a_from_libc(S5A_REAL(dup3)(fd, number, flags));
    lower(&limit);
    return put;
}

static int copy_anywhere(int fd)
{
    struct rlimit limit;
    int copy = -EMFILE;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return copy_from(fd, 0);
    if (limit.rlim_cur < PLENTY)
        copy = copy_above(fd, &limit);
    if (copy == -EMFILE && limit.rlim_cur > BASE)
        copy = copy_from(fd, BASE);
    if (copy == -EMFILE || copy == -EINVAL)
        copy = copy_above(fd, &limit);
    if (copy == -EMFILE)
        copy = copy_from(fd, limit.rlim_cur / 2);
    return copy == -EMFILE ? copy_from(fd, 0) : copy;
}

int s5a_private_copy(int fd)
{
    int copy = copy_anywhere(fd);
    if (copy >= 0)
        (void)s5a_marks_set(&ours, copy);
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
    s5a_marks_clear(&kept, fd);
    s5a_marks_clear(&left, fd);
    s5a_marks_clear(&ours, fd); /* first: the number may be the program's the moment it is closed */
    S5A_REAL(close)(fd);
}

void s5a_private_close_at(void *fd)
{
    s5a_private_close(*(int *)fd);
}

int s5a_private_close_range(unsigned first, unsigned last, int flags)
{
    while (first <= last) {
        unsigned next = s5a_marks_next(&ours, first);
        unsigned end = next > last ? last : next - 1;
        if ((next > last || next > first) && S5A_REAL(close_range)(first, end, flags) != 0)
            return -errno;
        if (next >= last)
            return 0;
        first = next + 1;
    }
    return S5A_REAL(close_range)(first, last, flags) == 0 ? 0 : -errno; /* EINVAL */
}

void s5a_private_leave(int fd)
{
    (void)s5a_marks_set(&left, fd);
}

void s5a_private_close_left(void)
{
    for (unsigned fd = 0; (fd = s5a_marks_next(&left, fd)) != ~0u; fd++)
        s5a_private_close((int)fd);
}

void s5a_private_keep(int fd)
{
    (void)s5a_marks_set(&kept, fd);
}

void s5a_private_forget(void)
{
    for (unsigned fd = 0; (fd = s5a_marks_next(&ours, fd)) != ~0u; fd++)
        if (!s5a_marks_has(&kept, (int)fd))
            s5a_private_close((int)fd);
}

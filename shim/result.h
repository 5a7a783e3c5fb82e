/* The border between -errno, which the shim's functions return, and errno, which libc's do. */
#pragma once

#include <errno.h>
#include <sys/types.h>

/* What a real function said, as its result or -errno. */
static inline ssize_t s5a_from_libc(ssize_t result)
{
    return result < 0 ? -errno : result;
}

/* What an exported function says: its result with errno as it was before, or -1 with errno. */
static inline ssize_t s5a_to_libc(ssize_t result, int errno_before)
{
    errno = result < 0 ? (int)-result : errno_before;
    return result < 0 ? -1 : result;
}

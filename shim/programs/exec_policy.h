/* What happens to programs that would go past the shim: `exec_unshimmed`. */
#pragma once

#include <stdbool.h>

/* True, with errno, where the file that execveat(dirfd, path, …, flags) names must not start;
 * logs one line then, and where it is only warned of. EACCES; ENOEXEC for an unknown format, as
 * the kernel says without a registered interpreter. `path` may be NULL: the kernel's business. */
bool s5a_exec_refused(int dirfd, const char *path, int flags);

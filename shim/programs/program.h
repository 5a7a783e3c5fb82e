/* Whether a file that is about to be executed can be socksified by preloading. Used by the shim
 * and by the wrapper. Opens and reads files; allocates nothing, takes no lock, writes to nothing
 * but its own stack and `out`, so it may run in a vfork child. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "shim/variable.h"

/* What stands in the way, in words for the log line, and what one can do about it. */
/* clang-format off */
/*      name        reason                                                remedy */
#define S5A_PROGRAMS(X)                                                                           \
    X(FINE,         "can be socksified",                                  "nothing to do")        \
    X(STATIC,       "is statically linked, so nothing can be preloaded",                          \
                    "use a dynamically linked build")                                             \
    X(FOREIGN,      "is built for another architecture than this library",                        \
                    "use a build for this architecture")                                          \
    X(LOADER,       "brings a loader of its own (another libc)",                                  \
                    "use a build for this system's libc")                                         \
    X(GO,           "is a Go program, which calls the kernel without libc",                       \
                    "tell it the proxy by its own options or variables")                          \
    X(SETID,        "would run with other privileges (setuid, setgid), so preloading is ignored", \
                    "run it as the user it needs, or use a copy without these bits")              \
    X(CAPABILITIES, "has file capabilities, so preloading is ignored",                            \
                    "run it as root, or use a copy without them")                                 \
    X(UNREADABLE,   "cannot be read, so nothing is known of it",                                  \
                    "make it readable")                                                           \
    X(UNKNOWN,      "is of a format that only a registered interpreter can run",                  \
                    "run it by its interpreter")                                                  \
    X(NO_LIBRARY,   "would start where " S5A_LIBRARY " cannot be read",                           \
                    "install the library where every user can read it")
/* clang-format on */

enum s5a_program_kind {
#define X(name, reason, remedy) S5A_PROGRAM_##name,
    S5A_PROGRAMS(X)
#undef X
};

enum {
    S5A_PROGRAM_FILE_CAP = 256,
    S5A_PROGRAM_LINE_CAP = 1024, /* as much of s5a_program_describe as the log holds */
};

struct s5a_program {
    enum s5a_program_kind kind;
    char file[S5A_PROGRAM_FILE_CAP]; /* the last interpreter of a script; empty: no script */
};

/* Looks at the file that execveat(dirfd, path, …, flags) would run, and through `#!` at its
 * interpreters. FINE too where the kernel itself will refuse it, so that the real call sets the
 * errno that the program knows. Preserves errno. */
void s5a_program_inspect(struct s5a_program *out, int dirfd, const char *path, int flags);
/* NO_LIBRARY where `library` (a path as in LD_PRELOAD, NULL: none) cannot be read, else FINE. */
enum s5a_program_kind s5a_program_check_library(const char *library);
const char *s5a_program_reason(enum s5a_program_kind kind);
const char *s5a_program_remedy(enum s5a_program_kind kind);
/* The line for the user, who calls it `path`: what happens, why, and what can be done. Cut at
 * `cap`. */
void s5a_program_describe(const struct s5a_program *program, const char *path, bool is_refused,
                          char *out, size_t cap);

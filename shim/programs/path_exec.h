/* execvpe, with the call and the judgement handed in: for the shim and for the wrapper. */
#pragma once

#include <stdbool.h>

#define S5A_SHELL "/bin/sh"

struct s5a_path_exec {
    int (*execve)(const char *path, char *const argv[], char *const envp[]);
    /* True where this file must not start, with the errno that the caller gets. */
    bool (*is_refused)(const char *path, void *context);
    void *context;
};

/* Executes `file`, searched for in PATH; a text that is no program is handed to the shell. Comes
 * back with -1 and execvpe's errno, or that of is_refused, which ends the search. Allocates
 * nothing but stack. */
int s5a_path_exec(const struct s5a_path_exec *how, const char *file, char *const argv[],
                  char *const envp[]);

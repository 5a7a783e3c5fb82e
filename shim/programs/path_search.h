/* The search for a program in PATH, with the rules of glibc's execvp. */
#pragma once

#include <stdbool.h>

/* Looks at one candidate; true ends the search. */
typedef bool s5a_candidate_fn(const char *path, void *context);

/* Calls `fn` for `file` itself where it has a slash, else for each entry of `list` (NULL: the
 * default path) with it. 0, or -errno where there is nothing to look for: ENOENT for an empty
 * name, ENAMETOOLONG. Allocates nothing. */
int s5a_path_search(const char *file, const char *list, s5a_candidate_fn *fn, void *context);
/* True where execvp goes on with the next entry after this errno. Pure. */
bool s5a_path_goes_on(int error);

/* Reading INI files with line numbers in every complaint. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "protocol/attributes.h"

enum { S5AD_PROBLEM_CAP = 512 };

/* What is wrong with a file or an option, one line for a person: "FILE:LINE: found ..., expected
 * ...". */
struct s5ad_problem {
    char text[S5AD_PROBLEM_CAP];
};

/* One `name = value` in `[section]`. False when it is wrong: then it has written what was found and
 * what was expected to `problem`; file and line are put before it. */
typedef bool s5ad_setting_fn(void *data, const char *section, const char *name, const char *value,
                             struct s5ad_problem *problem);

/* False and `problem` for the first error. Reads `path` but says nothing of its own rights. */
S5A_MUST_USE bool s5ad_inifile_read(const char *path, s5ad_setting_fn *set, void *data,
                                    struct s5ad_problem *problem);
/* The same from an open stream, which stays open; `path` is for the complaints. */
S5A_MUST_USE bool s5ad_inifile_read_stream(FILE *stream, const char *path, s5ad_setting_fn *set,
                                           void *data, struct s5ad_problem *problem);
/* Always false, so that it can be returned. */
bool s5ad_problem_set(struct s5ad_problem *problem, const char *format, ...) S5A_PRINTF(2, 3);

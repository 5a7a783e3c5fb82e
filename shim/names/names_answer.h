/* Names of an answer: the first names the host, the others are aliases. */
#pragma once

#include "shim/names/names.h"

/* Adds one that is not there yet. What has no room is left out. */
void s5a_names_add(struct s5a_names_answer *answer, const char *name);
/* The same for an alias, which never names the host. */
void s5a_names_add_alias(struct s5a_names_answer *answer, const char *alias);

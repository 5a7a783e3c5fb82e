/* Where settings come from. Private to the config files. */
#pragma once

#include "client/config/draft.h"

/* A configuration file's text; draft->file is its name. */
S5A_MUST_USE bool s5a_config_read_text(struct s5a_draft *draft, struct s5a_span text);
/* What has to come before the file, and what goes over it. */
S5A_MUST_USE bool s5a_config_read_environment_first(struct s5a_draft *draft);
S5A_MUST_USE bool s5a_config_read_environment(struct s5a_draft *draft);

/* s5a_config_load on a text in place of a file: `name` is for errors, `is_private` says whether
 * it may hold passwords. */
S5A_MUST_USE enum s5a_status s5a_config_load_text(struct s5a_config **out, s5a_getenv_fn *getenv_fn,
                                                  const char *name, bool is_private,
                                                  struct s5a_span text, char *error, size_t cap);

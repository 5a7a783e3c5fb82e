/* Files with secrets: opened only where nobody but their owner can read them, and that is us or
 * root. */
#pragma once

#include "protocol/bytes.h"
#include "server/inifile.h"

enum { S5AD_PRIVATE_FILE_CAP = 4096 };

/* NULL and `problem`. */
S5A_MUST_USE FILE *s5ad_private_open(const char *path, struct s5ad_problem *problem);
/* The whole file, in `storage`, which the caller wipes; false and `problem`, for a longer one too. */
S5A_MUST_USE bool s5ad_private_read(const char *path, uint8_t storage[static S5AD_PRIVATE_FILE_CAP],
                                    struct s5a_span *out, struct s5ad_problem *problem);

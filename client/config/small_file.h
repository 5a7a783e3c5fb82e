/* Small files, read whole: configurations and passwords. */
#pragma once

#include "protocol/bytes.h"

struct s5a_small_file {
    uint8_t *bytes; /* owned */
    size_t len;
    /* Of this user or root, and nobody else may read or write it. */
    bool is_private;
};

/* 0 or -errno; -EFBIG where there are more than `max` bytes. -ESPIPE for FIFOs and sockets, which can be read once only. */
S5A_MUST_USE int s5a_small_file_read(struct s5a_small_file *out, const char *path, size_t max);
/* Overwrites and frees the content. */
void s5a_small_file_wipe(struct s5a_small_file *file);
/* What an errno means, in English whatever the locale. */
const char *s5a_errno_text(int error);

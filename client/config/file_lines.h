/* Lines of a configuration file, as inih gets them. inih cuts lines at 200 bytes and section names at 50,
 * and says no line numbers to its handler. So the reader that feeds it counts, judges the length, and reads
 * the section headers itself. */
#pragma once

#include "client/config/draft.h"

struct s5a_config_file {
    struct s5a_draft *draft;
    struct s5a_span rest; /* not read yet */
    struct s5a_span line; /* the one that inih is at */
    const char *section;  /* of the table; NULL before the first */
    uint64_t seen;        /* bits of keys, but those of proxies */
};

/* The section's name as the table of keys has it; NULL: there is none. In file.c. */
const char *s5a_config_find_section(struct s5a_span name);
/* inih's reader, like fgets; `context` is the file. NULL at its end, and where the draft has failed. */
char *s5a_config_read_line(char *out, int cap, void *context);

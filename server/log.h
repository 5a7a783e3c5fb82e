/* The server's log: lines to stderr, one write(2) each, fit for the journal. Never a secret:
 * nothing here takes a struct s5a_secret. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "protocol/attributes.h"
#include "protocol/bytes.h"

enum s5ad_log_level { S5AD_LOG_ERROR, S5AD_LOG_WARNING, S5AD_LOG_INFO, S5AD_LOG_DEBUG };

struct s5ad_log {
    enum s5ad_log_level level; /* lines above it are dropped */
    bool journal;              /* stderr is the journal: lines begin with "<N>" */
};

enum {
    S5AD_LOG_LINE_MAX = 4096, /* longer lines are cut */
    /* Enough for any 255 bytes, each escaped to four, and the NUL. */
    S5AD_LOG_WORD_CAP = 4 * 255 + 1,
};

void s5ad_log_init(struct s5ad_log *log, enum s5ad_log_level level);
bool s5ad_log_wanted(const struct s5ad_log *log, enum s5ad_log_level level);
/* "socks5ad: text\n". The text comes from the server itself: foreign bytes in it must have passed
 * s5ad_log_word or s5a_address_format. */
void s5ad_log(const struct s5ad_log *log, enum s5ad_log_level level, const char *format, ...)
    S5A_PRINTF(3, 4);
/* Writes foreign bytes as one word: everything but visible ASCII as \xNN, "-" where there are none;
 * cut where `cap` is too small. Returns `out`. */
const char *s5ad_log_word(char *out, size_t cap, struct s5a_span bytes);

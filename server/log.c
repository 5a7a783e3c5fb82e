/* The server's log on stderr. */
#include "server/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void s5ad_log_init(struct s5ad_log *log, enum s5ad_log_level level)
{
    log->level = level;
    log->journal = getenv("JOURNAL_STREAM") != NULL;
}

bool s5ad_log_wanted(const struct s5ad_log *log, enum s5ad_log_level level)
{
    return level <= log->level;
}

void s5ad_log(const struct s5ad_log *log, enum s5ad_log_level level, const char *format, ...)
{
    static const char *const priority[] = { "<3>", "<4>", "<6>", "<7>" };
    if (!s5ad_log_wanted(log, level))
        return;
    int saved = errno;
    char line[S5AD_LOG_LINE_MAX];
    int head = snprintf(line, sizeof line, "%ssocks5ad: ", log->journal ? priority[level] : "");
    va_list args;
    va_start(args, format);
    int body = vsnprintf(line + head, sizeof line - (size_t)head, format, args);
    va_end(args);
    size_t len = (size_t)head + (body > 0 ? (size_t)body : 0);
    if (len > sizeof line - 1)
        len = sizeof line - 1;
    line[len] = '\n';
    ssize_t written = write(STDERR_FILENO, line, len + 1);
    (void)written; /* there is nobody left to tell */
    errno = saved;
}

static bool is_plain(uint8_t byte)
{
    return byte > 0x20 && byte < 0x7f && byte != '\\';
}

const char *s5ad_log_word(char *out, size_t cap, struct s5a_span bytes)
{
    size_t at = 0;
    for (size_t i = 0; i < bytes.len && at + 4 < cap; i++)
        if (is_plain(bytes.at[i]))
            out[at++] = (char)bytes.at[i];
        else
            at += (size_t)snprintf(out + at, cap - at, "\\x%02x", bytes.at[i]);
    if (bytes.len == 0 && cap > 1)
        out[at++] = '-';
    out[at] = '\0';
    return out;
}

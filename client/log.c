/* The log: one write(2) per line. */
#include "client/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A text that is cut is longer than what a line has room for, so the line shows the cut. */
enum { LINE_CAP = 1000, TEXT_CAP = LINE_CAP };

static _Atomic int wanted = S5A_LOG_WARNING;
static _Atomic(const char *) path;

static const char *const names[] = { "error", "warning", "info", "debug" };

void s5a_log_setup(enum s5a_log_level level, const char *file)
{
    atomic_store(&path, file);
    atomic_store(&wanted, (int)level);
}

bool s5a_log_wanted(enum s5a_log_level level)
{
    return (int)level <= atomic_load(&wanted);
}

/* ---- one line ---- */

struct line {
    size_t len;
    char bytes[LINE_CAP];
};

static bool is_shown(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f;
}

/* What is behind the last place where a cut and the newline still fit is dropped. */
static void append_escaped(struct line *line, const char *text)
{
    static const char cut[] = "...";
    static const char digits[] = "0123456789abcdef";
    for (; *text != '\0'; text++) {
        uint8_t byte = (uint8_t)*text;
        if (line->len + strlen("\\xNN") + sizeof(cut) > LINE_CAP) {
            memcpy(&line->bytes[line->len], cut, strlen(cut));
            line->len += strlen(cut);
            return;
        }
        if (is_shown(byte)) {
            line->bytes[line->len++] = *text;
            continue;
        }
        line->bytes[line->len++] = '\\';
        line->bytes[line->len++] = 'x';
        line->bytes[line->len++] = digits[byte >> 4];
        line->bytes[line->len++] = digits[byte & 15];
    }
}

static void compose(struct line *line, enum s5a_log_level level, const char *text)
{
    const char *name = (unsigned)level < sizeof(names) / sizeof(names[0]) ? names[level] : "?";
    int len = snprintf(line->bytes, sizeof(line->bytes), "socks5a[%d] %s: ", (int)getpid(), name);
    line->len = len < 0 ? 0 : (size_t)len;
    append_escaped(line, text);
    line->bytes[line->len++] = '\n';
}

/* ---- where it goes ---- */

/* Not blocking, so that a FIFO without a reader does not stop the program. */
static bool write_file(const char *file, const struct line *line)
{
    int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
    int fd = open(file, flags, 0600);
    if (fd < 0)
        return false;
    bool written = write(fd, line->bytes, line->len) == (ssize_t)line->len;
    close(fd);
    return written;
}

static bool is_pending(int signal_number)
{
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, signal_number) == 1;
}

static void write_stderr(const struct line *line)
{
    ssize_t written = write(STDERR_FILENO, line->bytes, line->len);
    (void)written; /* nowhere else to say it */
}

/* What matters goes to stderr where the file cannot be had, all else is lost. */
static void put(enum s5a_log_level level, const struct line *line)
{
    const char *file = atomic_load(&path);
    if (file != NULL && (write_file(file, line) || level > S5A_LOG_WARNING))
        return;
    write_stderr(line);
}

/* SIGPIPE for a line of ours would kill the program. */
static void put_without_sigpipe(enum s5a_log_level level, const struct line *line)
{
    sigset_t pipe_set, before;
    sigemptyset(&pipe_set);
    sigaddset(&pipe_set, SIGPIPE);
    bool was_pending = is_pending(SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_set, &before);
    put(level, line);
    if (!was_pending && is_pending(SIGPIPE))
        sigtimedwait(&pipe_set, NULL, &(struct timespec){ 0 });
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void s5a_log(enum s5a_log_level level, const char *format, ...)
{
    if (!s5a_log_wanted(level))
        return;
    int saved = errno;
    int cancel_state;
    char text[TEXT_CAP];
    struct line line;
    va_list args;
    line.len = 0;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    va_start(args, format);
    if (vsnprintf(text, sizeof(text), format, args) >= 0) {
        compose(&line, level, text);
        put_without_sigpipe(level, &line);
    }
    va_end(args);
    pthread_setcancelstate(cancel_state, NULL);
    errno = saved;
}

/* Files that socks5a-keygen makes. */
#include "server/keygen/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "protocol/secret.h"
#include "server/private_file.h"

bool s5ad_keygen_complain(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("socks5a-keygen: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return false;
}

static bool write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno != EINTR)
            return false;
        text += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* The file is new, so nothing is lost where it has to go again. */
static bool write_new(const char *path, int flags, const char *text, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
    if (fd < 0)
        return s5ad_keygen_complain("%s: %s", path, strerror(errno));
    bool written = write_all(fd, text, len) && fsync(fd) == 0;
    int error = errno;
    if (close(fd) < 0 || !written) {
        unlink(path);
        return s5ad_keygen_complain("%s: %s", path, strerror(error));
    }
    return true;
}

bool s5ad_keygen_create(const char *path, const char *line)
{
    char text[S5AD_PRIVATE_FILE_CAP];
    int len = snprintf(text, sizeof text, "%s\n", line);
    bool created = write_new(path, O_EXCL, text, (size_t)len);
    s5a_wipe(text, sizeof text);
    return created;
}

/* ---- in front of what is there ---- */

/* The first `keep` lines. */
static size_t length_of_lines(struct s5a_span text, unsigned keep)
{
    size_t len = 0;
    for (; keep > 0 && len < text.len; keep--) {
        const uint8_t *end = memchr(text.at + len, '\n', text.len - len);
        len = end ? (size_t)(end - text.at) + 1 : text.len;
    }
    return len;
}

/* The file is nobody's but ours or root's, or it is not touched. */
static bool read_before(const char *path, uint8_t storage[static S5AD_PRIVATE_FILE_CAP],
                        struct s5a_span *before)
{
    struct s5ad_problem problem = { "" };
    *before = (struct s5a_span){ storage, 0 };
    if (access(path, F_OK) < 0 && errno == ENOENT)
        return true;
    return s5ad_private_read(path, storage, before, &problem) ||
           s5ad_keygen_complain("%s", problem.text);
}

static bool replace(const char *path, const char *text, size_t len)
{
    char beside[4096];
    if ((size_t)snprintf(beside, sizeof beside, "%s.new", path) >= sizeof beside)
        return s5ad_keygen_complain("%s: name too long", path);
    if (!write_new(beside, O_EXCL, text, len))
        return false;
    if (rename(beside, path) == 0)
        return true;
    int error = errno;
    unlink(beside);
    return s5ad_keygen_complain("%s: %s", path, strerror(error));
}

bool s5ad_keygen_prepend(const char *path, const char *line, unsigned keep)
{
    uint8_t storage[S5AD_PRIVATE_FILE_CAP];
    char text[2 * S5AD_PRIVATE_FILE_CAP];
    struct s5a_span before;
    bool done = read_before(path, storage, &before);
    if (done) {
        size_t old = length_of_lines(before, keep);
        int len = snprintf(text, sizeof text, "%s\n%.*s", line, (int)old, (const char *)before.at);
        done = replace(path, text, (size_t)len);
    }
    s5a_wipe(text, sizeof text);
    s5a_wipe(storage, sizeof storage);
    return done;
}

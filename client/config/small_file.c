/* Small files, read whole. No stdio: its buffers keep what was a secret. */
#include "client/config/small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/secret.h"

static bool is_private(const struct stat *st)
{
    bool others = (st->st_mode & (S_IRWXG | S_IRWXO)) != 0;
    return !others && (st->st_uid == geteuid() || st->st_uid == 0);
}

static ssize_t read_some(int fd, void *out, size_t cap)
{
    ssize_t got;
    do
        got = read(fd, out, cap);
    while (got < 0 && errno == EINTR);
    return got;
}

/* Reads to the end of the file; the byte over `max` shows that there is more. */
static int fill(struct s5a_small_file *file, int fd, size_t max)
{
    while (file->len <= max) {
        ssize_t got = read_some(fd, file->bytes + file->len, max + 1 - file->len);
        if (got <= 0)
            return got < 0 ? -errno : 0;
        file->len += (size_t)got;
    }
    return -EFBIG;
}

static int read_open(struct s5a_small_file *file, int fd, size_t max)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return -errno;
    if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) /* it can be read once, and by one process */
        return -ESPIPE;
    file->is_private = is_private(&st);
    bool has_size = S_ISREG(st.st_mode) && st.st_size > 0; /* files of /proc have none */
    if (has_size && (uint64_t)st.st_size > max)
        return -EFBIG;
    size_t cap = has_size ? (size_t)st.st_size : max;
    file->bytes = malloc(cap + 1);
    return file->bytes == NULL ? -ENOMEM : fill(file, fd, cap);
}

int s5a_small_file_read(struct s5a_small_file *out, const char *path, size_t max)
{
    *out = (struct s5a_small_file){ .bytes = NULL };
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    int error = read_open(out, fd, max);
    close(fd);
    if (error != 0)
        s5a_small_file_wipe(out);
    return error;
}

void s5a_small_file_wipe(struct s5a_small_file *file)
{
    if (file->bytes != NULL)
        s5a_wipe(file->bytes, file->len);
    free(file->bytes);
    *file = (struct s5a_small_file){ .bytes = NULL };
}

const char *s5a_errno_text(int error)
{
    const char *text = strerrordesc_np(error);
    return text != NULL ? text : "unknown error";
}

/* The state directory: files that one user's processes share, and nobody else. */
#include "client/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOCK_TRIES = 400, LOCK_WAIT_MS = 5 };

/* What open says of links, directories, files and sockets in the place of the other. */
static int refusal(int error)
{
    bool other = error == ELOOP || error == ENOTDIR || error == EISDIR || error == ENXIO;
    return other ? -EPERM : -error;
}

static bool is_private(int fd, mode_t type)
{
    struct stat st;
    return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type && st.st_uid == geteuid() &&
           (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static int checked(int fd, mode_t type)
{
    if (is_private(fd, type))
        return fd;
    close(fd);
    return -EPERM;
}

/* The first of the missing parents decides the errno of what follows, so errors pass here. */
static void make_parents(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
}

static int open_dir(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? refusal(errno) : checked(fd, S_IFDIR);
}

static int make_dir(char *path)
{
    make_parents(path);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return -errno;
    return open_dir(path);
}

/* O_NOFOLLOW does not look at a link with a slash behind it. */
static bool copy_without_slash(char path[static PATH_MAX], const char *dir)
{
    size_t len = strlen(dir);
    while (len > 1 && dir[len - 1] == '/')
        len--;
    if (len >= PATH_MAX)
        return false;
    memcpy(path, dir, len);
    path[len] = '\0';
    return true;
}

static int open_or_make_dir(const char *dir)
{
    char path[PATH_MAX];
    if (!copy_without_slash(path, dir))
        return -ENAMETOOLONG;
    int fd = open_dir(path);
    return fd == -ENOENT ? make_dir(path) : fd;
}

static int open_file(int dir_fd, const char *name)
{
    int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    int fd = openat(dir_fd, name, flags, 0600);
    return fd < 0 ? refusal(errno) : checked(fd, S_IFREG);
}

static bool is_file_name(const char *name)
{
    return name[0] != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

int s5a_state_open(const char *dir, const char *name)
{
    if (dir[0] != '/' || !is_file_name(name))
        return -EINVAL;
    int dir_fd = open_or_make_dir(dir);
    if (dir_fd < 0)
        return dir_fd;
    int fd = open_file(dir_fd, name);
    close(dir_fd);
    return fd;
}

/* ---- locks ---- */

static int lock_file(int fd, int lock)
{
    static const struct timespec while_ = { 0, LOCK_WAIT_MS * 1000 * 1000 };
    for (int tries = 0; tries < LOCK_TRIES; tries++) {
        if (flock(fd, lock | LOCK_NB) == 0)
            return 0;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return -errno;
        (void)nanosleep(&while_, NULL);
    }
    return -ETIMEDOUT;
}

int s5a_state_open_locked(const char *dir, const char *name, int lock)
{
    int fd = s5a_state_open(dir, name);
    int error = fd < 0 ? fd : lock_file(fd, lock);
    if (error < 0 && fd >= 0)
        close(fd);
    return error < 0 ? error : fd;
}

void s5a_state_close_locked(int fd)
{
    (void)flock(fd, LOCK_UN);
    close(fd);
}

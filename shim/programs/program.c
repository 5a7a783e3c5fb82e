/* The judgement on a file that is about to be executed. */
#include "shim/programs/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "shim/programs/elf.h"
#include "shim/programs/script.h"

/* The loader of programs that are linked with this libc: their PT_INTERP. Other machines want a
 * -DS5A_LOADER. */
#ifndef S5A_LOADER
#if defined(__x86_64__) && defined(__LP64__)
#define S5A_LOADER "/lib64/ld-linux-x86-64.so.2"
#elif defined(__i386__)
#define S5A_LOADER "/lib/ld-linux.so.2"
#elif defined(__aarch64__)
#define S5A_LOADER "/lib/ld-linux-aarch64.so.1"
#elif defined(__ARM_PCS_VFP)
#define S5A_LOADER "/lib/ld-linux-armhf.so.3"
#elif defined(__riscv) && __riscv_xlen == 64
#define S5A_LOADER "/lib/ld-linux-riscv64-lp64d.so.1"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define S5A_LOADER "/lib64/ld64.so.2"
#elif defined(__s390x__)
#define S5A_LOADER "/lib/ld64.so.1"
#endif
#endif

enum { INTERPRETERS_MAX = 5 }; /* then the kernel says ELOOP */

/* libc's close under a name that nobody interposes: ours keeps books that a vfork child shares
 * with its parent. */
extern int __close(int fd);

/* A place where a file is, as execveat names it. */
struct place {
    int dirfd;
    const char *path;
    int flags;
};

static bool is_descriptor(const struct place *at)
{
    return (at->flags & AT_EMPTY_PATH) != 0 && at->path[0] == '\0';
}

static bool is_regular(const struct place *at)
{
    struct stat status;
    return fstatat(at->dirfd, at->path, &status,
                   at->flags & (AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) == 0 &&
           S_ISREG(status.st_mode);
}

static bool is_executable(const struct place *at)
{
    if (is_descriptor(at)) {
        struct stat status;
        return fstat(at->dirfd, &status) == 0 && (status.st_mode & 0111) != 0;
    }
    return faccessat(at->dirfd, at->path, X_OK, AT_EACCESS) == 0;
}

/* An O_PATH descriptor cannot be read, so the file behind it is opened anew. */
static int open_place(const struct place *at)
{
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    if (is_descriptor(at)) {
        char link[32];
        snprintf(link, sizeof(link), "/proc/self/fd/%d", at->dirfd);
        return open(link, flags);
    }
    if ((at->flags & AT_SYMLINK_NOFOLLOW) != 0)
        flags |= O_NOFOLLOW;
    return openat(at->dirfd, at->path, flags);
}

static ssize_t read_at(void *context, void *out, size_t len, uint64_t offset)
{
    return pread(*(const int *)context, out, len, (off_t)offset);
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat one;
    struct stat other;
    return strcmp(a, b) == 0 || (stat(a, &one) == 0 && stat(b, &other) == 0 &&
                                 one.st_dev == other.st_dev && one.st_ino == other.st_ino);
}

static bool is_loader(int fd)
{
    struct stat one;
    struct stat other;
    return fstat(fd, &one) == 0 && stat(S5A_LOADER, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

static enum s5a_program_kind judge_elf(const struct s5a_elf *elf, int fd)
{
    if (elf->foreign)
        return S5A_PROGRAM_FOREIGN;
    if (!elf->runs || elf->is_ours)
        return S5A_PROGRAM_FINE;
    if (elf->is_go)
        return S5A_PROGRAM_GO;
    if (!elf->has_loader)
        return is_loader(fd) ? S5A_PROGRAM_FINE : S5A_PROGRAM_STATIC;
    return is_same_file(elf->loader, S5A_LOADER) ? S5A_PROGRAM_FINE : S5A_PROGRAM_LOADER;
}

static bool is_on_nosuid(int fd)
{
    struct statvfs mount;
    return fstatvfs(fd, &mount) == 0 && (mount.f_flag & ST_NOSUID) != 0;
}

/* AT_SECURE, by the kernel's rule: the new effective ids differ from the old real ones. A process
 * whose own ids differ already (after seteuid) starts nothing but such programs. */
static bool changes_ids(int fd, const struct stat *status)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    bool has_bits = (status->st_mode & (S_ISUID | S_ISGID)) != 0;
    if (has_bits && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 && !is_on_nosuid(fd)) {
        if ((status->st_mode & S_ISUID) != 0)
            uid = status->st_uid;
        if ((status->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
            gid = status->st_gid;
    }
    return uid != getuid() || gid != getgid();
}

static bool has_capabilities(int fd)
{
    return getuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0 && !is_on_nosuid(fd);
}

static enum s5a_program_kind judge_privileges(int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return S5A_PROGRAM_UNREADABLE;
    if (changes_ids(fd, &status))
        return S5A_PROGRAM_SETID;
    return has_capabilities(fd) ? S5A_PROGRAM_CAPABILITIES : S5A_PROGRAM_FINE;
}

/* What is neither ELF nor script the kernel refuses (and execvp hands texts to /bin/sh), unless
 * somebody has registered an interpreter for it. */
static enum s5a_program_kind judge_other(const char *head, size_t len)
{
    if (memchr(head, '\0', len) == NULL || access("/proc/sys/fs/binfmt_misc/status", F_OK) != 0)
        return S5A_PROGRAM_FINE;
    return S5A_PROGRAM_UNKNOWN;
}

/* True where the file is a script, with the interpreter in out->file; else out->kind is final. */
static bool judge_file(struct s5a_program *out, int fd)
{
    char head[S5A_SCRIPT_HEAD];
    struct s5a_elf elf;
    ssize_t len = pread(fd, head, sizeof(head), 0);
    if (len < 0)
        out->kind = S5A_PROGRAM_UNREADABLE;
    else if (len >= 2 && head[0] == '#' && head[1] == '!')
        return s5a_script_interpreter(head, (size_t)len, out->file);
    else if (s5a_elf_read(&elf, read_at, &fd))
        out->kind = judge_elf(&elf, fd);
    else
        out->kind = judge_other(head, (size_t)len);
    if (out->kind == S5A_PROGRAM_FINE)
        out->kind = judge_privileges(fd);
    return false;
}

static bool judge_place(struct s5a_program *out, const struct place *at)
{
    out->kind = S5A_PROGRAM_FINE;
    if (!is_regular(at))
        return false;
    int fd = open_place(at);
    if (fd < 0)
        out->kind = S5A_PROGRAM_UNREADABLE;
    bool is_script = fd >= 0 && judge_file(out, fd);
    if (fd >= 0)
        __close(fd);
    if (out->kind != S5A_PROGRAM_FINE && !is_executable(at))
        out->kind = S5A_PROGRAM_FINE;
    return is_script;
}

void s5a_program_inspect(struct s5a_program *out, int dirfd, const char *path, int flags)
{
    int saved = errno;
    struct place at = { .dirfd = dirfd, .path = path, .flags = flags };
    char name[S5A_PROGRAM_FILE_CAP];
    out->file[0] = '\0';
    for (int depth = 0; judge_place(out, &at); depth++) {
        if (depth == INTERPRETERS_MAX)
            break;
        memcpy(name, out->file, sizeof(name));
        at = (struct place){ .dirfd = AT_FDCWD, .path = name };
    }
    errno = saved;
}

enum s5a_program_kind s5a_program_check_library(const char *library)
{
    int saved = errno;
    bool is_path = library != NULL && strchr(library, '/') != NULL;
    bool is_missing = is_path && faccessat(AT_FDCWD, library, R_OK, AT_EACCESS) != 0;
    errno = saved;
    return is_missing ? S5A_PROGRAM_NO_LIBRARY : S5A_PROGRAM_FINE;
}

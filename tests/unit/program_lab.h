/* Programs made by hand, in a directory that goes away. */
#pragma once

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/programs/program.h"

#define OWN_LOADER "/lib64/ld-linux-x86-64.so.2"

extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

enum { OTHER = 65534 };

static char lab_directory[] = "/tmp/s5a-program-XXXXXX";

static inline void lab_enter(void)
{
    cr_assert_not_null(mkdtemp(lab_directory));
    cr_assert_eq(chmod(lab_directory, 0755), 0);
    cr_assert_eq(chdir(lab_directory), 0);
}

static inline void lab_leave(void)
{
    char command[64];
    if (geteuid() != getuid() || getuid() == OTHER)
        cr_assert_eq(setresuid(0, 0, 0), 0);
    snprintf(command, sizeof(command), "rm -rf %s", lab_directory);
    cr_assert_eq(chdir("/"), 0);
    cr_assert_eq(system(command), 0);
}

static inline void lab_put(const char *name, const void *bytes, size_t len, mode_t mode)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    cr_assert_eq(write(fd, bytes, len), (ssize_t)len);
    cr_assert_eq(fchmod(fd, mode), 0);
    close(fd);
}

/* A program of one segment, PT_INTERP, or with a harmless one where there is no loader. */
static inline void lab_put_elf(const char *name, const char *loader, mode_t mode)
{
    struct {
        ElfW(Ehdr) head;
        ElfW(Phdr) segment;
        char loader[64];
    } file = { .segment = { .p_type = loader == NULL ? PT_LOAD : PT_INTERP } };
    memcpy(file.head.e_ident, __ehdr_start.e_ident, EI_NIDENT);
    file.head.e_machine = __ehdr_start.e_machine;
    file.head.e_type = ET_DYN;
    file.head.e_phoff = sizeof(file.head);
    file.head.e_phentsize = sizeof(file.segment);
    file.head.e_phnum = 1;
    file.segment.p_offset = offsetof(__typeof__(file), loader);
    file.segment.p_filesz = loader == NULL ? 1 : strlen(loader) + 1;
    strcpy(file.loader, loader == NULL ? "" : loader);
    lab_put(name, &file, sizeof(file), mode);
}

static inline enum s5a_program_kind lab_kind(const char *path)
{
    struct s5a_program program;
    errno = EPIPE;
    s5a_program_inspect(&program, AT_FDCWD, path, 0);
    cr_assert_eq(errno, EPIPE);
    return program.kind;
}

#define EXPECT(path, expected) cr_assert_eq(lab_kind(path), S5A_PROGRAM_##expected)

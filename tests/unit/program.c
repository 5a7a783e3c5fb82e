/* Files that can and cannot be preloaded, made by hand; real ones where the system has them. */
#include "shim/programs/program.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define OWN_LOADER "/lib64/ld-linux-x86-64.so.2"

extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

enum { OTHER = 65534 };

static char directory[] = "/tmp/s5a-program-XXXXXX";

static void enter(void)
{
    cr_assert_not_null(mkdtemp(directory));
    cr_assert_eq(chmod(directory, 0755), 0);
    cr_assert_eq(chdir(directory), 0);
}

static void leave(void)
{
    char command[64];
    if (geteuid() != getuid() || getuid() == OTHER)
        cr_assert_eq(setresuid(0, 0, 0), 0);
    snprintf(command, sizeof(command), "rm -rf %s", directory);
    cr_assert_eq(chdir("/"), 0);
    cr_assert_eq(system(command), 0);
}

static void put(const char *name, const void *bytes, size_t len, mode_t mode)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    cr_assert_eq(write(fd, bytes, len), (ssize_t)len);
    cr_assert_eq(fchmod(fd, mode), 0);
    close(fd);
}

static void put_text(const char *name, const char *text)
{
    put(name, text, strlen(text), 0755);
}

/* A program of one segment, PT_INTERP, or with a harmless one where there is no loader. */
static void put_elf(const char *name, const char *loader, mode_t mode)
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
    put(name, &file, sizeof(file), mode);
}

static enum s5a_program_kind kind(const char *path)
{
    struct s5a_program program;
    errno = EPIPE;
    s5a_program_inspect(&program, AT_FDCWD, path, 0);
    cr_assert_eq(errno, EPIPE);
    return program.kind;
}

#define EXPECT(path, expected) cr_assert_eq(kind(path), S5A_PROGRAM_##expected)

TestSuite(program, .init = enter, .fini = leave);

Test(program, ordinary_programs_are_fine)
{
    EXPECT("/bin/true", FINE);
    EXPECT("/proc/self/exe", FINE);
    put_elf("own", OWN_LOADER, 0755);
    EXPECT("own", FINE);
}

Test(program, loader_itself_is_fine)
{
    EXPECT(OWN_LOADER, FINE);
}

Test(program, loader_by_another_name_is_fine)
{
    char path[64];
    snprintf(path, sizeof(path), "%s/loader", directory);
    cr_assert_eq(symlink(OWN_LOADER, path), 0);
    put_elf("linked", path, 0755);
    EXPECT("linked", FINE);
}

Test(program, no_loader_is_static)
{
    put_elf("static", NULL, 0755);
    EXPECT("static", STATIC);
}

Test(program, loader_of_another_libc_is_named)
{
    put_elf("musl", "/lib/ld-musl-x86_64.so.1", 0755);
    EXPECT("musl", LOADER);
}

Test(program, go_program_is_known_by_its_note)
{
    if (access("/usr/bin/age", X_OK) != 0)
        cr_skip("age, a program in Go, is not installed");
    EXPECT("/usr/bin/age", GO);
}

Test(program, what_the_kernel_refuses_is_left_to_it)
{
    EXPECT("missing", FINE);
    EXPECT("", FINE);
    EXPECT("/bin/true/x", FINE);
    EXPECT("/dev/null", FINE);
    EXPECT(".", FINE);
    put_elf("not-executable", NULL, 0600);
    EXPECT("not-executable", FINE);
    put_text("text", "echo no program\n");
    EXPECT("text", FINE);
    put_text("empty", "");
    EXPECT("empty", FINE);
    put_text("cut", "\x7f"
                    "ELF\x02\x01\x01");
    EXPECT("cut", FINE);
}

Test(program, fifo_does_not_block)
{
    cr_assert_eq(mkfifo("fifo", 0755), 0);
    EXPECT("fifo", FINE);
}

Test(program, script_is_judged_by_its_interpreter)
{
    struct s5a_program program;
    put_elf("static", NULL, 0755);
    put_text("script", "#! ./static -x\n");
    put_text("twice", "#!./script\n");
    s5a_program_inspect(&program, AT_FDCWD, "twice", 0);
    cr_assert_eq(program.kind, S5A_PROGRAM_STATIC);
    cr_assert_str_eq(program.file, "./static");
    put_text("shell", "#!/bin/sh\n");
    EXPECT("shell", FINE);
    put_text("broken", "#!./nowhere\n");
    EXPECT("broken", FINE);
}

Test(program, scripts_that_run_in_a_circle_end)
{
    put_text("a", "#!./b\n");
    put_text("b", "#!./a\n");
    EXPECT("a", FINE);
}

Test(program, chain_as_long_as_the_kernels_is_followed)
{
    put_elf("static", NULL, 0755);
    put_text("s1", "#!./static\n");
    put_text("s2", "#!./s1\n");
    put_text("s3", "#!./s2\n");
    put_text("s4", "#!./s3\n");
    put_text("s5", "#!./s4\n");
    EXPECT("s5", STATIC);
    put_text("s6", "#!./s5\n");
    EXPECT("s6", FINE);
}

Test(program, descriptors_and_directories_name_files_too)
{
    struct s5a_program program;
    put_elf("static", NULL, 0755);
    int dir = open(directory, O_RDONLY | O_DIRECTORY);
    int fd = open("static", O_RDONLY);
    int path = open("static", O_PATH);
    cr_assert_eq(chdir("/"), 0);
    s5a_program_inspect(&program, dir, "static", 0);
    cr_assert_eq(program.kind, S5A_PROGRAM_STATIC);
    s5a_program_inspect(&program, fd, "", AT_EMPTY_PATH);
    cr_assert_eq(program.kind, S5A_PROGRAM_STATIC);
    cr_assert_eq(lseek(fd, 0, SEEK_CUR), 0);
    s5a_program_inspect(&program, path, "", AT_EMPTY_PATH);
    cr_assert_eq(program.kind, S5A_PROGRAM_STATIC);
    s5a_program_inspect(&program, -1, "", AT_EMPTY_PATH);
    cr_assert_eq(program.kind, S5A_PROGRAM_FINE);
}

Test(program, looking_leaves_no_descriptor_behind)
{
    int before = dup(0);
    close(before);
    put_text("script", "#!/bin/sh\n");
    EXPECT("script", FINE);
    int after = dup(0);
    cr_assert_eq(before, after);
}

Test(program, without_descriptors_nothing_is_known)
{
    struct rlimit before;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit none = { .rlim_cur = 0, .rlim_max = before.rlim_max };
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    enum s5a_program_kind found = kind("/bin/true");
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    cr_assert_eq(found, S5A_PROGRAM_UNREADABLE);
}

/* ---- privileges: these need root ---- */

#define NEED_ROOT()     \
    if (geteuid() != 0) \
    cr_skip("needs root")

static void become_other(void)
{
    cr_assert_eq(setresgid(OTHER, OTHER, 0), 0);
    cr_assert_eq(setresuid(OTHER, OTHER, 0), 0);
}

Test(program, setuid_to_another_user_changes_privileges)
{
    NEED_ROOT();
    put_elf("setuid", OWN_LOADER, 0755);
    cr_assert_eq(chown("setuid", OTHER, 0), 0);
    EXPECT("setuid", FINE);
    cr_assert_eq(chmod("setuid", 04755), 0);
    EXPECT("setuid", SETID);
    EXPECT("/bin/su", FINE);
}

Test(program, setuid_root_changes_privileges_of_others_only)
{
    NEED_ROOT();
    put_elf("setuid", OWN_LOADER, 0755);
    cr_assert_eq(chmod("setuid", 04755), 0);
    EXPECT("setuid", FINE);
    become_other();
    EXPECT("setuid", SETID);
}

Test(program, setgid_counts_where_the_group_may_execute)
{
    NEED_ROOT();
    put_elf("setgid", OWN_LOADER, 0755);
    cr_assert_eq(chown("setgid", 0, OTHER), 0);
    cr_assert_eq(chmod("setgid", 02745), 0);
    EXPECT("setgid", FINE);
    cr_assert_eq(chmod("setgid", 02755), 0);
    EXPECT("setgid", SETID);
}

Test(program, setuid_without_effect_is_fine)
{
    NEED_ROOT();
    put_elf("setuid", OWN_LOADER, 0755);
    cr_assert_eq(chown("setuid", OTHER, 0), 0);
    cr_assert_eq(chmod("setuid", 04755), 0);
    cr_assert_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    EXPECT("setuid", FINE);
}

Test(program, process_of_two_users_starts_nothing_preloaded)
{
    NEED_ROOT();
    cr_assert_eq(seteuid(OTHER), 0);
    EXPECT("/bin/true", SETID);
    cr_assert_eq(seteuid(0), 0);
}

Test(program, file_capabilities_count_for_others_than_root)
{
    /* cap_net_raw=ep, revision 2 */
    static const unsigned char value[20] = { 1, 0, 0, 2, 0, 0x20 };
    NEED_ROOT();
    put_elf("capable", OWN_LOADER, 0755);
    if (setxattr("capable", "security.capability", value, sizeof(value), 0) != 0)
        cr_skip("no file capabilities here");
    EXPECT("capable", FINE);
    become_other();
    EXPECT("capable", CAPABILITIES);
}

Test(program, executable_that_cannot_be_read_is_unknown)
{
    NEED_ROOT();
    put_elf("secret", OWN_LOADER, 0711);
    become_other();
    EXPECT("secret", UNREADABLE);
}

Test(program, library_that_cannot_be_read_is_missed)
{
    cr_assert_eq(s5a_program_check_library(NULL), S5A_PROGRAM_FINE);
    cr_assert_eq(s5a_program_check_library(S5A_LIBRARY), S5A_PROGRAM_FINE);
    cr_assert_eq(s5a_program_check_library("/bin/true"), S5A_PROGRAM_FINE);
    cr_assert_eq(s5a_program_check_library("/nowhere/" S5A_LIBRARY), S5A_PROGRAM_NO_LIBRARY);
}

Test(program, every_kind_has_words)
{
    cr_assert_str_eq(s5a_program_reason(S5A_PROGRAM_NO_LIBRARY),
                     "would start where " S5A_LIBRARY " cannot be read");
    cr_assert_str_eq(s5a_program_remedy(S5A_PROGRAM_STATIC), "use a dynamically linked build");
}

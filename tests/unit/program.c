/* Files that can and cannot be preloaded, made by hand; real ones where the system has them. */
#include "shim/programs/program.h"

#include <sys/resource.h>

#include "tests/unit/program_lab.h"

static void put_text(const char *name, const char *text)
{
    lab_put(name, text, strlen(text), 0755);
}

TestSuite(program, .init = lab_enter, .fini = lab_leave);

Test(program, ordinary_programs_are_fine)
{
    EXPECT("/bin/true", FINE);
    EXPECT("/proc/self/exe", FINE);
    lab_put_elf("own", OWN_LOADER, 0755);
    EXPECT("own", FINE);
}

Test(program, loader_itself_is_fine)
{
    EXPECT(OWN_LOADER, FINE);
}

Test(program, loader_by_another_name_is_fine)
{
    char path[64];
    snprintf(path, sizeof(path), "%s/loader", lab_directory);
    cr_assert_eq(symlink(OWN_LOADER, path), 0);
    lab_put_elf("linked", path, 0755);
    EXPECT("linked", FINE);
}

Test(program, no_loader_is_static)
{
    lab_put_elf("static", NULL, 0755);
    EXPECT("static", STATIC);
}

Test(program, loader_of_another_libc_is_named)
{
    lab_put_elf("musl", "/lib/ld-musl-x86_64.so.1", 0755);
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
    lab_put_elf("not-executable", NULL, 0600);
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
    lab_put_elf("static", NULL, 0755);
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
    lab_put_elf("static", NULL, 0755);
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
    lab_put_elf("static", NULL, 0755);
    int dir = open(lab_directory, O_RDONLY | O_DIRECTORY);
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
    enum s5a_program_kind found = lab_kind("/bin/true");
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    cr_assert_eq(found, S5A_PROGRAM_UNREADABLE);
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

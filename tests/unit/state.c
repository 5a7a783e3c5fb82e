/* client/state: files in the state directory, and what is refused. */
#include "client/state.h"

#include <errno.h>

#include "tests/unit/config_lab.h"

static mode_t mode_of(const char *path)
{
    struct stat st;
    cr_assert_eq(stat(path, &st), 0, "%s", path);
    return st.st_mode & 07777;
}

TestSuite(state, .init = lab_make_dir, .fini = lab_remove_dir);

Test(state, directory_with_parents_and_file_are_made_private)
{
    umask(0);
    int fd = s5a_state_open(lab_path("a/b/c"), "file");
    cr_assert_geq(fd, 0);
    cr_assert_eq(mode_of(lab_path("a")), 0700);
    cr_assert_eq(mode_of(lab_path("a/b/c")), 0700);
    cr_assert_eq(mode_of(lab_path("a/b/c/file")), 0600);
    close(fd);
}

Test(state, descriptor_reads_writes_and_closes_on_exec)
{
    char byte = 0;
    int fd = s5a_state_open(lab_path("a"), "file");
    cr_assert_eq(write(fd, "x", 1), 1);
    cr_assert_eq(pread(fd, &byte, 1, 0), 1);
    cr_assert_eq(byte, 'x');
    cr_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
}

Test(state, content_of_an_existing_file_is_kept)
{
    char byte = 0;
    lab_write("file", "x", 0600);
    int fd = s5a_state_open(lab_dir, "file");
    cr_assert_eq(read(fd, &byte, 1), 1);
    cr_assert_eq(byte, 'x');
    close(fd);
}

Test(state, directory_that_others_write_to_is_refused)
{
    cr_assert_eq(chmod(lab_dir, 0770), 0);
    cr_assert_eq(s5a_state_open(lab_dir, "file"), -EPERM);
    cr_assert_eq(chmod(lab_dir, 0702), 0);
    cr_assert_eq(s5a_state_open(lab_dir, "file"), -EPERM);
    cr_assert_eq(chmod(lab_dir, 0755), 0);
    int fd = s5a_state_open(lab_dir, "file");
    cr_assert_geq(fd, 0);
    close(fd);
}

Test(state, directory_that_is_a_link_is_refused)
{
    cr_assert_eq(mkdir(lab_path("real"), 0700), 0);
    cr_assert_eq(symlink(lab_path("real"), lab_path("link")), 0);
    cr_assert_eq(s5a_state_open(lab_path("link"), "file"), -EPERM);
    cr_assert_eq(s5a_state_open(lab_path("link/"), "file"), -EPERM);
}

Test(state, directory_that_is_a_file_is_refused)
{
    cr_assert_eq(s5a_state_open(lab_write("file", "", 0600), "file"), -EPERM);
}

Test(state, file_that_others_write_to_is_refused)
{
    lab_write("file", "", 0620);
    cr_assert_eq(s5a_state_open(lab_dir, "file"), -EPERM);
}

Test(state, file_that_is_a_link_is_refused)
{
    lab_write("real", "", 0600);
    cr_assert_eq(symlink("real", lab_path("file")), 0);
    cr_assert_eq(s5a_state_open(lab_dir, "file"), -EPERM);
}

Test(state, file_that_is_not_regular_is_refused)
{
    cr_assert_eq(mkfifo(lab_path("fifo"), 0600), 0);
    cr_assert_eq(mkdir(lab_path("dir"), 0700), 0);
    cr_assert_eq(s5a_state_open(lab_dir, "fifo"), -EPERM);
    cr_assert_eq(s5a_state_open(lab_dir, "dir"), -EPERM);
}

/* As root there are other users to give things to. */
Test(state, what_belongs_to_another_user_is_refused)
{
    if (geteuid() != 0)
        cr_skip_test("needs root");
    lab_write("file", "", 0600);
    cr_assert_eq(chown(lab_path("file"), 65534, 65534), 0);
    cr_assert_eq(s5a_state_open(lab_dir, "file"), -EPERM);
    cr_assert_eq(chown(lab_path("file"), 0, 0), 0);
    cr_assert_eq(chown(lab_dir, 65534, 65534), 0);
    cr_assert_eq(s5a_state_open(lab_dir, "file"), -EPERM);
}

Test(state, names_that_leave_the_directory_are_refused)
{
    static const char *const wrong[] = { "", ".", "..", "a/b", "/a", "../a" };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_assert_eq(s5a_state_open(lab_dir, wrong[i]), -EINVAL, "%s", wrong[i]);
}

Test(state, relative_directory_is_refused)
{
    cr_assert_eq(s5a_state_open("state", "file"), -EINVAL);
    cr_assert_eq(s5a_state_open("", "file"), -EINVAL);
}

Test(state, directory_that_cannot_be_made_is_an_error)
{
    cr_assert_eq(s5a_state_open("/proc/nowhere", "file"), -ENOENT);
}

Test(state, refusals_leave_no_descriptor_open)
{
    int before = dup(0);
    close(before);
    lab_write("file", "", 0666);
    cr_assert_eq(s5a_state_open(lab_dir, "file"), -EPERM);
    int after = dup(0);
    cr_assert_eq(after, before);
    close(after);
}

/* client/config/small_file: small files, read whole. */
#include "client/config/small_file.h"

#include <errno.h>

#include "tests/unit/config_lab.h"

TestSuite(small_file, .init = lab_make_dir, .fini = lab_remove_dir);

Test(small_file, content_is_read_whole)
{
    struct s5a_small_file file;
    cr_assert_eq(s5a_small_file_read(&file, lab_write("f", "abc", 0600), 3), 0);
    cr_assert_eq(file.len, 3);
    cr_assert_arr_eq(file.bytes, "abc", 3);
    s5a_small_file_wipe(&file);
    cr_assert_null(file.bytes);
}

Test(small_file, more_than_the_bound_is_refused)
{
    struct s5a_small_file file;
    cr_assert_eq(s5a_small_file_read(&file, lab_write("f", "abcd", 0600), 3), -EFBIG);
    cr_assert_null(file.bytes);
}

Test(small_file, files_without_a_size_are_read)
{
    struct s5a_small_file file;
    cr_assert_eq(s5a_small_file_read(&file, "/proc/self/stat", 4096), 0);
    cr_assert_gt(file.len, 10);
    s5a_small_file_wipe(&file);
    cr_assert_eq(s5a_small_file_read(&file, "/dev/null", 10), 0);
    cr_assert_eq(file.len, 0);
    s5a_small_file_wipe(&file);
    cr_assert_eq(s5a_small_file_read(&file, "/dev/zero", 10), -EFBIG);
}

Test(small_file, fifo_is_refused_at_once)
{
    struct s5a_small_file file;
    cr_assert_eq(mkfifo(lab_path("f"), 0600), 0);
    cr_assert_eq(s5a_small_file_read(&file, lab_path("f"), 10), -ESPIPE);
    cr_assert_null(file.bytes);
}

Test(small_file, only_mode_0600_and_less_is_private)
{
    static const mode_t open_modes[] = { 0640, 0604, 0620, 0601, 0644 };
    struct s5a_small_file file;
    cr_assert_eq(s5a_small_file_read(&file, lab_write("f", "a", 0400), 1), 0);
    cr_assert(file.is_private);
    s5a_small_file_wipe(&file);
    for (size_t i = 0; i < sizeof(open_modes) / sizeof(open_modes[0]); i++) {
        cr_assert_eq(chmod(lab_path("f"), open_modes[i]), 0);
        cr_assert_eq(s5a_small_file_read(&file, lab_path("f"), 1), 0);
        cr_assert_not(file.is_private, "%o", (unsigned)open_modes[i]);
        s5a_small_file_wipe(&file);
    }
}

Test(small_file, file_of_another_user_is_not_private)
{
    struct s5a_small_file file;
    if (geteuid() != 0)
        cr_skip_test("needs root");
    cr_assert_eq(chown(lab_write("f", "a", 0600), 65534, 65534), 0);
    cr_assert_eq(s5a_small_file_read(&file, lab_path("f"), 1), 0);
    cr_assert_not(file.is_private);
    s5a_small_file_wipe(&file);
}

Test(small_file, missing_file_is_an_error)
{
    struct s5a_small_file file;
    cr_assert_eq(s5a_small_file_read(&file, lab_path("none"), 1), -ENOENT);
    cr_assert_eq(s5a_small_file_read(&file, lab_dir, 1), -EISDIR);
}

Test(small_file, errors_have_a_text)
{
    cr_assert_str_eq(s5a_errno_text(ENOENT), "No such file or directory");
    cr_assert_str_eq(s5a_errno_text(99999), "unknown error");
}

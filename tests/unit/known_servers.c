/* The file of known servers. */
#include "client/login/known_servers.h"

#include <errno.h>

#include "tests/unit/config_lab.h"

TestSuite(known_servers, .init = lab_make_dir, .fini = lab_remove_dir);

static const uint8_t one[32] = { 1 }, two[32] = { 2 };

Test(known_servers, what_was_put_is_found_for_its_place_alone)
{
    uint8_t key[32];
    cr_assert_not(s5a_known_find(lab_dir, "a:1", key));
    cr_assert_eq(s5a_known_put(lab_dir, "a:1", one), 0);
    cr_assert_eq(s5a_known_put(lab_dir, "unix:/with blank", two), 0);
    cr_assert(s5a_known_find(lab_dir, "a:1", key));
    cr_assert_arr_eq(key, one, 32);
    cr_assert(s5a_known_find(lab_dir, "unix:/with blank", key));
    cr_assert_arr_eq(key, two, 32);
    cr_assert_not(s5a_known_find(lab_dir, "a:10", key));
}

Test(known_servers, another_key_is_refused)
{
    uint8_t key[32];
    struct stat st;
    cr_assert_eq(s5a_known_put(lab_dir, "a:1", one), 0);
    cr_assert_eq(s5a_known_put(lab_dir, "a:1", two), -EEXIST);
    cr_assert_eq(s5a_known_put(lab_dir, "a:1", one), 0);
    cr_assert(s5a_known_find(lab_dir, "a:1", key));
    cr_assert_arr_eq(key, one, 32);
    cr_assert_eq(stat(lab_path("known_servers"), &st), 0);
    cr_assert_eq(st.st_size, 44 + 1 + 3 + 1);
    cr_assert_eq(st.st_mode & 0777, 0600);
}

Test(known_servers, full_file_takes_no_more_and_loses_nothing)
{
    uint8_t key[32];
    char where[300];
    int error = 0, count = 0;
    memset(where, 'x', sizeof where);
    where[sizeof where - 1] = '\0';
    for (; error == 0 && count < 100; count++) {
        snprintf(where, 4, "%03d", count);
        where[3] = 'x';
        error = s5a_known_put(lab_dir, where, one);
    }
    cr_assert_eq(error, -EFBIG);
    snprintf(where, 4, "000");
    where[3] = 'x';
    cr_assert(s5a_known_find(lab_dir, where, key));
}

Test(known_servers, lines_of_others_are_kept)
{
    uint8_t key[32];
    lab_write("known_servers", "# mine\nrubbish", 0600);
    cr_assert_eq(s5a_known_put(lab_dir, "a:1", one), 0);
    cr_assert(s5a_known_find(lab_dir, "a:1", key));
    FILE *file = fopen(lab_path("known_servers"), "r");
    char line[64];
    cr_assert_not_null(fgets(line, sizeof line, file));
    cr_assert_str_eq(line, "# mine\n");
    fclose(file);
}

Test(known_servers, a_key_accepted_here_is_new_here_alone)
{
    cr_assert_not(s5a_known_is_new(one));
    cr_assert_eq(s5a_known_put(lab_dir, "a:1", one), 0);
    cr_assert(s5a_known_is_new(one));
    cr_assert_not(s5a_known_is_new(two));
}

Test(known_servers, nowhere_to_keep_it_is_an_error)
{
    uint8_t key[32];
    cr_assert_eq(s5a_known_put(NULL, "a:1", one), -ENOENT);
    cr_assert_not(s5a_known_find(NULL, "a:1", key));
    lab_write("known_servers", "", 0666);
    cr_assert_eq(s5a_known_put(lab_dir, "a:1", one), -EPERM);
    cr_assert_not(s5a_known_is_new(one));
}

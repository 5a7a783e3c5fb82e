/* The record of the environment, and texts of variables. */
#include "shim/environment.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void start_with(char *list[])
{
    environ = list;
    s5a_environment_reset();
    s5a_environment_save();
}

#define START(...) start_with((char *[]){ __VA_ARGS__, NULL })

Test(environment, value_of_another_name_is_null)
{
    cr_assert_str_eq(s5a_variable_value("HOME=/x", "HOME"), "/x");
    cr_assert_null(s5a_variable_value("HOMES=/x", "HOME"));
    cr_assert_null(s5a_variable_value("HOM", "HOME"));
}

Test(environment, library_is_found_between_blanks_and_colons)
{
    size_t len;
    const char *list = ":a.so /opt/" S5A_LIBRARY ":b.so";
    cr_assert_str_eq(s5a_preload_find(list, &len), list + 6);
    cr_assert_eq(len, strlen("/opt/" S5A_LIBRARY));
}

Test(environment, library_of_a_similar_name_is_not_ours)
{
    size_t len;
    cr_assert_null(s5a_preload_find("/opt/x" S5A_LIBRARY ":" S5A_LIBRARY ".1", &len));
    cr_assert_null(s5a_preload_find("", &len));
}

Test(environment, variables_of_the_start_outlive_clearenv)
{
    START("PATH=/bin", "HOME=/home/u", "SOCKS5A_PROXY=[::1]:1080", "ALL_PROXY=socks5://x");
    clearenv();
    cr_assert_str_eq(s5a_environment_get("HOME"), "/home/u");
    cr_assert_str_eq(s5a_environment_get("SOCKS5A_PROXY"), "[::1]:1080");
    cr_assert_str_eq(s5a_environment_get("ALL_PROXY"), "socks5://x");
    cr_assert_null(s5a_environment_get("PATH"));
}

Test(environment, strings_may_be_overwritten_afterwards)
{
    char text[] = "SOCKS5A_PROXY=a:1";
    START(text);
    memset(text, 'x', sizeof(text) - 1);
    cr_assert_str_eq(s5a_environment_get("SOCKS5A_PROXY"), "a:1");
}

Test(environment, variable_set_later_is_seen_but_not_kept)
{
    START("HOME=/h");
    cr_assert_eq(setenv("SOCKS5A_DNS", "deny", 1), 0);
    cr_assert_str_eq(s5a_environment_get("SOCKS5A_DNS"), "deny");
    cr_assert_null(s5a_environment_kept(0));
}

Test(environment, first_of_two_of_a_name_wins)
{
    START("SOCKS5A_DNS=fake", "SOCKS5A_DNS=deny");
    cr_assert_str_eq(s5a_environment_get("SOCKS5A_DNS"), "fake");
    cr_assert_null(s5a_environment_kept(1));
}

Test(environment, library_alone_is_kept_of_a_preload)
{
    START("LD_PRELOAD=/a.so:/opt/" S5A_LIBRARY " /b.so", "SOCKS5A_DNS=fake");
    cr_assert_str_eq(s5a_environment_get("LD_PRELOAD"), "/a.so:/opt/" S5A_LIBRARY " /b.so");
    cr_assert_str_eq(s5a_environment_library(), "/opt/" S5A_LIBRARY);
    cr_assert_str_eq(s5a_environment_kept(0), "LD_PRELOAD=/opt/" S5A_LIBRARY);
    cr_assert_str_eq(s5a_environment_kept(1), "SOCKS5A_DNS=fake");
    cr_assert_null(s5a_environment_kept(2));
}

Test(environment, preload_of_others_is_not_kept)
{
    START("LD_PRELOAD=/a.so");
    cr_assert_null(s5a_environment_library());
    cr_assert_null(s5a_environment_kept(0));
}

Test(environment, relative_library_becomes_absolute)
{
    START("LD_PRELOAD=build/" S5A_LIBRARY);
    const char *library = s5a_environment_library();
    cr_assert_eq(library[0], '/');
    cr_assert_str_eq(strrchr(library, '/'), "/" S5A_LIBRARY);
}

Test(environment, bare_library_name_stays_bare)
{
    START("LD_PRELOAD=" S5A_LIBRARY);
    cr_assert_str_eq(s5a_environment_library(), S5A_LIBRARY);
}

Test(environment, home_and_peers_are_not_kept)
{
    START("HOME=/h", "SOCKS5A_PEERS=1:2", "XDG_STATE_HOME=/s");
    cr_assert_str_eq(s5a_environment_get("SOCKS5A_PEERS"), "1:2");
    cr_assert_null(s5a_environment_kept(0));
}

Test(environment, what_is_too_long_to_copy_is_pointed_to)
{
    static char big[12][1024];
    char *list[13] = { NULL };
    for (int i = 0; i < 12; i++) {
        snprintf(big[i], sizeof(big[i]), "SOCKS5A_%02d=%0*d", i, 1000, i);
        list[i] = big[i];
    }
    start_with(list);
    cr_assert_str_eq(s5a_environment_get("SOCKS5A_00"), big[0] + 11);
    cr_assert_str_eq(s5a_environment_get("SOCKS5A_11"), big[11] + 11);
    cr_assert_str_eq(s5a_environment_kept(11), big[11]);
}

Test(environment, more_variables_than_entries_do_no_harm)
{
    static char names[200][24];
    char *list[201] = { NULL };
    for (int i = 0; i < 200; i++) {
        snprintf(names[i], sizeof(names[i]), "SOCKS5A_%03d=%d", i, i);
        list[i] = names[i];
    }
    start_with(list);
    cr_assert_str_eq(s5a_environment_kept(0), "SOCKS5A_000=0");
    cr_assert_null(s5a_environment_kept(200));
}

Test(environment, text_without_equals_sign_is_passed_over)
{
    START("SOCKS5A_", "SOCKS5A", "", "HOME=/h");
    cr_assert_null(s5a_environment_kept(0));
    cr_assert_str_eq(s5a_environment_get("HOME"), "/h");
}

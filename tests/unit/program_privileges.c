/* Programs that run with other privileges than ours; most of this needs root. */
#include "shim/programs/program.h"

#include <sys/prctl.h>
#include <sys/xattr.h>

#include "tests/unit/program_lab.h"

#define NEED_ROOT()     \
    if (geteuid() != 0) \
    cr_skip("needs root")

TestSuite(program_privileges, .init = lab_enter, .fini = lab_leave);

static void become_other(void)
{
    cr_assert_eq(setresgid(OTHER, OTHER, 0), 0);
    cr_assert_eq(setresuid(OTHER, OTHER, 0), 0);
}

Test(program_privileges, setuid_to_another_user_changes_privileges)
{
    NEED_ROOT();
    lab_put_elf("setuid", OWN_LOADER, 0755);
    cr_assert_eq(chown("setuid", OTHER, 0), 0);
    EXPECT("setuid", FINE);
    cr_assert_eq(chmod("setuid", 04755), 0);
    EXPECT("setuid", SETID);
    EXPECT("/bin/su", FINE);
}

Test(program_privileges, setuid_root_changes_privileges_of_others_only)
{
    NEED_ROOT();
    lab_put_elf("setuid", OWN_LOADER, 0755);
    cr_assert_eq(chmod("setuid", 04755), 0);
    EXPECT("setuid", FINE);
    become_other();
    EXPECT("setuid", SETID);
}

Test(program_privileges, setgid_counts_where_the_group_may_execute)
{
    NEED_ROOT();
    lab_put_elf("setgid", OWN_LOADER, 0755);
    cr_assert_eq(chown("setgid", 0, OTHER), 0);
    cr_assert_eq(chmod("setgid", 02745), 0);
    EXPECT("setgid", FINE);
    cr_assert_eq(chmod("setgid", 02755), 0);
    EXPECT("setgid", SETID);
}

Test(program_privileges, setuid_without_effect_is_fine)
{
    NEED_ROOT();
    lab_put_elf("setuid", OWN_LOADER, 0755);
    cr_assert_eq(chown("setuid", OTHER, 0), 0);
    cr_assert_eq(chmod("setuid", 04755), 0);
    cr_assert_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    EXPECT("setuid", FINE);
}

Test(program_privileges, process_of_two_users_starts_nothing_preloaded)
{
    NEED_ROOT();
    cr_assert_eq(seteuid(OTHER), 0);
    EXPECT("/bin/true", SETID);
    cr_assert_eq(seteuid(0), 0);
}

Test(program_privileges, file_capabilities_count_for_others_than_root)
{
    /* cap_net_raw=ep, revision 2 */
    static const unsigned char value[20] = { 1, 0, 0, 2, 0, 0x20 };
    NEED_ROOT();
    lab_put_elf("capable", OWN_LOADER, 0755);
    if (setxattr("capable", "security.capability", value, sizeof(value), 0) != 0)
        cr_skip("no file capabilities here");
    EXPECT("capable", FINE);
    become_other();
    EXPECT("capable", CAPABILITIES);
}

Test(program_privileges, executable_that_cannot_be_read_is_unknown)
{
    NEED_ROOT();
    lab_put_elf("secret", OWN_LOADER, 0711);
    become_other();
    EXPECT("secret", UNREADABLE);
}

/* The environment that a program is started with. */
#include "shim/programs/exec_environment.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/exec_lab.h"

#define LIST(...) ((char *[]){ __VA_ARGS__, NULL })

/* The new environment as one text, a line each; NULL: left as it is. */
static const char *merged(char *const envp[], const char *peers)
{
    static char text[4096];
    size_t size = s5a_exec_environment_size(envp, peers);
    if (size == 0)
        return NULL;
    void *storage = malloc(size);
    char **list = s5a_exec_environment_write(envp, peers, storage, size);
    text[0] = '\0';
    for (; *list != NULL; list++)
        strcat(strcat(text, *list), "\n");
    free(storage);
    return text;
}

Test(exec_environment, whole_environment_stays_as_it_is)
{
    START("LD_PRELOAD=/l/" S5A_LIBRARY, "SOCKS5A_DNS=deny", "HOME=/h");
    cr_assert_null(merged(environ, ""));
    cr_assert_null(
        merged(LIST("X=1", "SOCKS5A_DNS=fake", "HOME=/h", "LD_PRELOAD=/a.so:/l/" S5A_LIBRARY), ""));
}

Test(exec_environment, empty_environment_gets_what_the_shim_needs)
{
    START("LD_PRELOAD=/a.so:/l/" S5A_LIBRARY, "SOCKS5A_DNS=deny", "PATH=/bin");
    const char *expected = "LD_PRELOAD=/l/" S5A_LIBRARY "\nSOCKS5A_DNS=deny\n";
    char *empty[] = { NULL };
    cr_assert_str_eq(merged(empty, ""), expected);
    cr_assert_str_eq(merged(NULL, ""), expected);
}

Test(exec_environment, library_is_put_before_another_preload)
{
    START("LD_PRELOAD=/l/" S5A_LIBRARY);
    cr_assert_str_eq(merged(LIST("LD_PRELOAD=other.so", "X=1"), ""),
                     "LD_PRELOAD=/l/" S5A_LIBRARY ":other.so\nX=1\n");
    cr_assert_str_eq(merged(LIST("LD_PRELOAD="), ""), "LD_PRELOAD=/l/" S5A_LIBRARY "\n");
}

Test(exec_environment, second_preload_variable_is_seen_to_as_well)
{
    START("LD_PRELOAD=/l/" S5A_LIBRARY);
    cr_assert_str_eq(merged(LIST("LD_PRELOAD=/l/" S5A_LIBRARY, "LD_PRELOAD=b"), ""),
                     "LD_PRELOAD=/l/" S5A_LIBRARY "\nLD_PRELOAD=/l/" S5A_LIBRARY ":b\n");
}

Test(exec_environment, process_without_the_library_passes_preload_on)
{
    START("LD_PRELOAD=/a.so");
    cr_assert_null(merged(LIST("LD_PRELOAD=/b.so"), ""));
}

Test(exec_environment, peers_are_replaced_and_old_ones_dropped)
{
    START("X=1");
    cr_assert_str_eq(merged(LIST("SOCKS5A_PEERS=old", "X=1"), "SOCKS5A_PEERS=new"),
                     "X=1\nSOCKS5A_PEERS=new\n");
    cr_assert_str_eq(merged(LIST("SOCKS5A_PEERS=old", "X=1"), ""), "X=1\n");
}

Test(exec_environment, changed_home_does_not_lose_configuration_and_state)
{
    char home[] = "/tmp/s5a-exec-XXXXXX";
    char text[256];
    char expected[512];
    cr_assert_not_null(mkdtemp(home));
    snprintf(text, sizeof(text), "mkdir -p %s/.config/socks5a; : >%s/.config/socks5a/socks5a.conf",
             home, home);
    cr_assert_eq(system(text), 0);
    snprintf(text, sizeof(text), "HOME=%s", home);
    START(text);
    snprintf(expected, sizeof(expected),
             "HOME=/other\nSOCKS5A_CONF=%s/.config/socks5a/socks5a.conf\n"
             "SOCKS5A_STATE_DIR=%s/.local/state/socks5a\n",
             home, home);
    cr_assert_str_eq(merged(LIST("HOME=/other"), ""), expected);
    cr_assert_null(merged(LIST(text), ""));
    cr_assert_null(merged(LIST("HOME=/other", "SOCKS5A_CONF=", "SOCKS5A_STATE_DIR=/s"), ""));
    snprintf(text, sizeof(text), "rm -r %s", home);
    cr_assert_eq(system(text), 0);
}

Test(exec_environment, xdg_directories_come_before_home)
{
    START("HOME=/h", "XDG_STATE_HOME=/xdg/state", "SOCKS5A_CONF=");
    cr_assert_str_eq(merged(LIST("HOME=/h"), ""),
                     "HOME=/h\nSOCKS5A_CONF=\nSOCKS5A_STATE_DIR=/xdg/state/socks5a\n");
}

Test(exec_environment, storage_too_small_is_refused)
{
    START("LD_PRELOAD=/l/" S5A_LIBRARY, "SOCKS5A_DNS=deny");
    char *empty[] = { NULL };
    size_t size = s5a_exec_environment_size(empty, "");
    char *storage = malloc(size);
    cr_assert_null(s5a_exec_environment_write(empty, "", storage, size - 1));
    cr_assert_not_null(s5a_exec_environment_write(empty, "", storage, size));
    free(storage);
}

Test(exec_environment, own_environment_is_completed_for_system)
{
    START("LD_PRELOAD=/l/" S5A_LIBRARY, "SOCKS5A_DNS=deny", "X=1");
    clearenv();
    cr_assert(s5a_exec_environment_own("SOCKS5A_PEERS=1"));
    cr_assert_str_eq(getenv("LD_PRELOAD"), "/l/" S5A_LIBRARY);
    cr_assert_str_eq(getenv("SOCKS5A_DNS"), "deny");
    cr_assert_str_eq(getenv("SOCKS5A_PEERS"), "1");
    cr_assert_null(getenv("X"));
    cr_assert(s5a_exec_environment_own(""));
    cr_assert_null(getenv("SOCKS5A_PEERS"));
}

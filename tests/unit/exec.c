/* Starting programs, with a libc that notes what it was asked. */
#include "shim/programs/exec.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim/environment.h"
#include "shim/programs/exec_environment.h"
#include "shim/programs/path_search.h"
#include "shim/real.h"
#include "shim/programs/vfork.h"

#define STATIC_PROGRAM "./static"

/* ---- the environment ---- */

static void start_with(char *list[])
{
    environ = list;
    s5a_environment_reset();
    s5a_environment_save();
}

#define START(...) start_with((char *[]){ __VA_ARGS__, NULL })
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

Test(exec, whole_environment_stays_as_it_is)
{
    START("LD_PRELOAD=/l/" S5A_LIBRARY, "SOCKS5A_DNS=deny", "HOME=/h");
    cr_assert_null(merged(environ, ""));
    cr_assert_null(
        merged(LIST("X=1", "SOCKS5A_DNS=fake", "HOME=/h", "LD_PRELOAD=/a.so:/l/" S5A_LIBRARY), ""));
}

Test(exec, empty_environment_gets_what_the_shim_needs)
{
    START("LD_PRELOAD=/a.so:/l/" S5A_LIBRARY, "SOCKS5A_DNS=deny", "PATH=/bin");
    const char *expected = "LD_PRELOAD=/l/" S5A_LIBRARY "\nSOCKS5A_DNS=deny\n";
    char *empty[] = { NULL };
    cr_assert_str_eq(merged(empty, ""), expected);
    cr_assert_str_eq(merged(NULL, ""), expected);
}

Test(exec, library_is_put_before_another_preload)
{
    START("LD_PRELOAD=/l/" S5A_LIBRARY);
    cr_assert_str_eq(merged(LIST("LD_PRELOAD=other.so", "X=1"), ""),
                     "LD_PRELOAD=/l/" S5A_LIBRARY ":other.so\nX=1\n");
    cr_assert_str_eq(merged(LIST("LD_PRELOAD="), ""), "LD_PRELOAD=/l/" S5A_LIBRARY "\n");
}

Test(exec, second_preload_variable_is_seen_to_as_well)
{
    START("LD_PRELOAD=/l/" S5A_LIBRARY);
    cr_assert_str_eq(merged(LIST("LD_PRELOAD=/l/" S5A_LIBRARY, "LD_PRELOAD=b"), ""),
                     "LD_PRELOAD=/l/" S5A_LIBRARY "\nLD_PRELOAD=/l/" S5A_LIBRARY ":b\n");
}

Test(exec, process_without_the_library_passes_preload_on)
{
    START("LD_PRELOAD=/a.so");
    cr_assert_null(merged(LIST("LD_PRELOAD=/b.so"), ""));
}

Test(exec, peers_are_replaced_and_old_ones_dropped)
{
    START("X=1");
    cr_assert_str_eq(merged(LIST("SOCKS5A_PEERS=old", "X=1"), "SOCKS5A_PEERS=new"),
                     "X=1\nSOCKS5A_PEERS=new\n");
    cr_assert_str_eq(merged(LIST("SOCKS5A_PEERS=old", "X=1"), ""), "X=1\n");
}

Test(exec, changed_home_does_not_lose_configuration_and_state)
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

Test(exec, xdg_directories_come_before_home)
{
    START("HOME=/h", "XDG_STATE_HOME=/xdg/state", "SOCKS5A_CONF=");
    cr_assert_str_eq(merged(LIST("HOME=/h"), ""),
                     "HOME=/h\nSOCKS5A_CONF=\nSOCKS5A_STATE_DIR=/xdg/state/socks5a\n");
}

Test(exec, storage_too_small_is_refused)
{
    START("LD_PRELOAD=/l/" S5A_LIBRARY, "SOCKS5A_DNS=deny");
    char *empty[] = { NULL };
    size_t size = s5a_exec_environment_size(empty, "");
    char *storage = malloc(size);
    cr_assert_null(s5a_exec_environment_write(empty, "", storage, size - 1));
    cr_assert_not_null(s5a_exec_environment_write(empty, "", storage, size));
    free(storage);
}

Test(exec, own_environment_is_completed_for_system)
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

/* ---- the search in PATH ---- */

static bool note(const char *path, void *context)
{
    strcat(strcat(context, path), " ");
    return strstr(path, "stop") != NULL;
}

#define EXPECT_SEARCH(file, list, result, expected)                    \
    do {                                                               \
        char seen[256] = "";                                           \
        cr_assert_eq(s5a_path_search(file, list, note, seen), result); \
        cr_assert_str_eq(seen, expected);                              \
    } while (0)

Test(exec, path_is_walked_in_order)
{
    EXPECT_SEARCH("x", "/a:/b", 0, "/a/x /b/x ");
    EXPECT_SEARCH("x", "/a:/stop:/c", 0, "/a/x /stop/x ");
    EXPECT_SEARCH("x", NULL, 0, "/bin/x /usr/bin/x ");
}

Test(exec, empty_entry_of_path_is_here)
{
    EXPECT_SEARCH("x", "", 0, "x ");
    EXPECT_SEARCH("x", ":/a:", 0, "x /a/x x ");
}

Test(exec, name_with_slash_is_not_searched_for)
{
    EXPECT_SEARCH("./x", "/a", 0, "./x ");
    EXPECT_SEARCH("a/x", "/a", 0, "a/x ");
}

Test(exec, names_that_cannot_be_are_refused)
{
    char name[300];
    memset(name, 'n', sizeof(name));
    name[256] = '\0';
    EXPECT_SEARCH("", "/a", -ENOENT, "");
    EXPECT_SEARCH(name, "/a", -ENAMETOOLONG, "");
}

Test(exec, entry_longer_than_any_path_is_passed_over)
{
    char *list = malloc(10000);
    memset(list, 'p', 9000);
    strcpy(list + 9000, ":/a");
    EXPECT_SEARCH("x", list, 0, "/a/x ");
    free(list);
}

/* ---- the calls ---- */

static char called[1024];
static const char *refusing[2]; /* path with ENOEXEC, path with EACCES */

static int fake_execve(const char *path, char *const argv[], char *const envp[])
{
    size_t len = strlen(called);
    snprintf(called + len, sizeof(called) - len, "%s(", path);
    for (int i = 0; argv[i] != NULL; i++)
        strcat(strcat(called, argv[i]), argv[i + 1] == NULL ? "" : ",");
    snprintf(called + strlen(called), 64, "|%s) ", envp == NULL || envp[0] == NULL ? "" : envp[0]);
    errno = refusing[0] != NULL && strcmp(path, refusing[0]) == 0   ? ENOEXEC
            : refusing[1] != NULL && strcmp(path, refusing[1]) == 0 ? EACCES
                                                                    : ENOENT;
    return -1;
}

static int fake_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                      const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    (void)pid, (void)actions, (void)attributes;
    fake_execve(path, argv, envp);
    return EAGAIN;
}

static void put_static(const char *directory)
{
    char path[128];
    char bytes[64] = { 0 };
    int self = open("/proc/self/exe", O_RDONLY);
    cr_assert_eq(read(self, bytes, sizeof(bytes)), (ssize_t)sizeof(bytes));
    snprintf(path, sizeof(path), "%s/static", directory);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    /* the program headers are zeros behind the file's own: no loader */
    bytes[32] = 64;
    memset(bytes + 33, 0, 7);
    bytes[56] = 1;
    bytes[57] = 0;
    cr_assert_eq(write(fd, bytes, sizeof(bytes)), (ssize_t)sizeof(bytes));
    cr_assert_eq(ftruncate(fd, 4096), 0);
    close(fd);
    close(self);
}

static void enter(void)
{
    char directory[] = "/tmp/s5a-exec-XXXXXX";
    cr_assert_not_null(mkdtemp(directory));
    cr_assert_eq(chdir(directory), 0);
    put_static(directory);
    s5a_real.execve = fake_execve;
    static char *list[] = { "SOCKS5A_CONF=", "SOCKS5A_LOG=error", "PATH=/p1:/p2", NULL };
    start_with(list);
}

static void leave(void)
{
    unlink("static");
    char here[256];
    if (getcwd(here, sizeof(here)) != NULL && chdir("/") == 0)
        rmdir(here);
}

TestSuite(exec_call, .init = enter, .fini = leave);

static char *const arguments[] = { "a0", "a1", NULL };

Test(exec_call, execve_passes_everything_on)
{
    char *const envp[] = { "SOCKS5A_LOG=x", "SOCKS5A_CONF=y", NULL };
    cr_assert_eq(s5a_exec(AT_FDCWD, "/nowhere", arguments, envp, 0), -1);
    cr_assert_eq(errno, ENOENT);
    cr_assert_str_eq(called, "/nowhere(a0,a1|SOCKS5A_LOG=x) ");
}

Test(exec_call, static_program_is_refused_before_the_call)
{
    cr_assert_eq(s5a_exec(AT_FDCWD, STATIC_PROGRAM, arguments, environ, 0), -1);
    cr_assert_eq(errno, EACCES);
    cr_assert_str_eq(called, "");
}

Test(exec_call, allowed_static_program_is_called)
{
    START("SOCKS5A_CONF=", "SOCKS5A_EXEC_UNSHIMMED=allow");
    s5a_exec(AT_FDCWD, STATIC_PROGRAM, arguments, environ, 0);
    cr_assert_str_eq(called, STATIC_PROGRAM "(a0,a1|SOCKS5A_CONF=) ");
}

Test(exec_call, nothing_starts_where_the_library_is_missed)
{
    START("SOCKS5A_CONF=", "SOCKS5A_LOG=error", "LD_PRELOAD=/nowhere/" S5A_LIBRARY);
    cr_assert_eq(s5a_exec(AT_FDCWD, "/bin/true", arguments, environ, 0), -1);
    cr_assert_eq(errno, EACCES);
    cr_assert_str_eq(called, "");
}

Test(exec_call, search_tries_all_and_says_enoent)
{
    cr_assert_eq(s5a_exec_search("prog", arguments, NULL), -1);
    cr_assert_eq(errno, ENOENT);
    cr_assert_str_eq(called, "/p1/prog(a0,a1|SOCKS5A_CONF=) /p2/prog(a0,a1|SOCKS5A_CONF=) ");
}

Test(exec_call, search_remembers_that_it_was_denied)
{
    refusing[1] = "/p1/prog";
    cr_assert_eq(s5a_exec_search("prog", arguments, environ), -1);
    cr_assert_eq(errno, EACCES);
}

Test(exec_call, text_is_handed_to_the_shell)
{
    refusing[0] = "/p1/prog";
    s5a_exec_search("prog", arguments, environ);
    cr_assert_not_null(
        strstr(called, "/p1/prog(a0,a1|SOCKS5A_CONF=) /bin/sh(/bin/sh,/p1/prog,a1|"));
}

Test(exec_call, text_without_arguments_is_handed_to_the_shell)
{
    char *const none[] = { NULL };
    refusing[0] = "./prog";
    s5a_exec_search("./prog", none, environ);
    cr_assert_not_null(strstr(called, "/bin/sh(/bin/sh,./prog|"));
}

Test(exec_call, refusal_ends_the_search)
{
    char path[300];
    char here[200];
    cr_assert_not_null(getcwd(here, sizeof(here)));
    snprintf(path, sizeof(path), "PATH=%s:/p2", here);
    START("SOCKS5A_CONF=", "SOCKS5A_LOG=error", path);
    cr_assert_eq(s5a_exec_search("static", arguments, environ), -1);
    cr_assert_eq(errno, EACCES);
    cr_assert_str_eq(called, "");
}

Test(exec_call, spawn_returns_errors_and_leaves_errno)
{
    struct s5a_spawn request = { .spawn = fake_spawn, .file = "/nowhere", .argv = arguments };
    errno = EPIPE;
    cr_assert_eq(s5a_exec_spawn(&request, environ), EAGAIN);
    request.file = STATIC_PROGRAM;
    errno = EPIPE;
    cr_assert_eq(s5a_exec_spawn(&request, environ), EACCES);
    cr_assert_eq(s5a_exec_spawn_search(&request, environ), EACCES);
    cr_assert_eq(errno, EPIPE);
    cr_assert_str_eq(called, "/nowhere(a0,a1|SOCKS5A_CONF=) ");
}

Test(exec_call, spawn_finds_the_program_that_will_run)
{
    char path[300];
    char here[200];
    cr_assert_not_null(getcwd(here, sizeof(here)));
    snprintf(path, sizeof(path), "PATH=/nowhere:%s", here);
    START("SOCKS5A_CONF=", "SOCKS5A_LOG=error", path);
    struct s5a_spawn request = { .spawn = fake_spawn, .file = "static", .argv = arguments };
    cr_assert_eq(s5a_exec_spawn_search(&request, environ), EACCES);
    request.file = "missing";
    cr_assert_eq(s5a_exec_spawn_search(&request, environ), EAGAIN);
}

/* ---- vfork children ---- */

Test(exec_call, vfork_child_is_told_from_parent_and_fork_child)
{
    volatile bool seen = false;
    cr_assert_not(s5a_in_vfork_child());
    pid_t pid = vfork();
    if (pid == 0) {
        seen = s5a_in_vfork_child();
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    cr_assert(seen);
    cr_assert_not(s5a_in_vfork_child());
    pid = fork();
    if (pid == 0)
        _exit(s5a_in_vfork_child() ? 1 : 0);
    int status;
    waitpid(pid, &status, 0);
    cr_assert_eq(status, 0);
}

Test(exec_call, vfork_child_obeys_the_variable)
{
    START("SOCKS5A_CONF=", "SOCKS5A_EXEC_UNSHIMMED=allow");
    pid_t pid = vfork();
    if (pid == 0) {
        s5a_exec(AT_FDCWD, STATIC_PROGRAM, arguments, environ, 0);
        _exit(called[0] == '.' ? 0 : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    cr_assert_eq(status, 0);
}

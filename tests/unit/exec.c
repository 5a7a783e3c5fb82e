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

#include "shim/programs/vfork.h"
#include "shim/real.h"
#include "tests/unit/exec_lab.h"

#define STATIC_PROGRAM "./static"

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
    lab_start_with(list);
}

static void leave(void)
{
    unlink("static");
    char here[256];
    if (getcwd(here, sizeof(here)) != NULL && chdir("/") == 0)
        rmdir(here);
}

TestSuite(exec, .init = enter, .fini = leave);

static char *const arguments[] = { "a0", "a1", NULL };

Test(exec, execve_passes_everything_on)
{
    char *const envp[] = { "SOCKS5A_LOG=x", "SOCKS5A_CONF=y", NULL };
    cr_assert_eq(s5a_exec(AT_FDCWD, "/nowhere", arguments, envp, 0), -1);
    cr_assert_eq(errno, ENOENT);
    cr_assert_str_eq(called, "/nowhere(a0,a1|SOCKS5A_LOG=x) ");
}

Test(exec, static_program_is_refused_before_the_call)
{
    cr_assert_eq(s5a_exec(AT_FDCWD, STATIC_PROGRAM, arguments, environ, 0), -1);
    cr_assert_eq(errno, EACCES);
    cr_assert_str_eq(called, "");
}

Test(exec, allowed_static_program_is_called)
{
    START("SOCKS5A_CONF=", "SOCKS5A_EXEC_UNSHIMMED=allow");
    s5a_exec(AT_FDCWD, STATIC_PROGRAM, arguments, environ, 0);
    cr_assert_str_eq(called, STATIC_PROGRAM "(a0,a1|SOCKS5A_CONF=) ");
}

Test(exec, nothing_starts_where_the_library_is_missed)
{
    START("SOCKS5A_CONF=", "SOCKS5A_LOG=error", "LD_PRELOAD=/nowhere/" S5A_LIBRARY);
    cr_assert_eq(s5a_exec(AT_FDCWD, "/bin/true", arguments, environ, 0), -1);
    cr_assert_eq(errno, EACCES);
    cr_assert_str_eq(called, "");
}

Test(exec, search_tries_all_and_says_enoent)
{
    cr_assert_eq(s5a_exec_search("prog", arguments, NULL), -1);
    cr_assert_eq(errno, ENOENT);
    cr_assert_str_eq(called, "/p1/prog(a0,a1|SOCKS5A_CONF=) /p2/prog(a0,a1|SOCKS5A_CONF=) ");
}

Test(exec, search_remembers_that_it_was_denied)
{
    refusing[1] = "/p1/prog";
    cr_assert_eq(s5a_exec_search("prog", arguments, environ), -1);
    cr_assert_eq(errno, EACCES);
}

Test(exec, text_is_handed_to_the_shell)
{
    refusing[0] = "/p1/prog";
    s5a_exec_search("prog", arguments, environ);
    cr_assert_not_null(
        strstr(called, "/p1/prog(a0,a1|SOCKS5A_CONF=) /bin/sh(/bin/sh,/p1/prog,a1|"));
}

Test(exec, text_without_arguments_is_handed_to_the_shell)
{
    char *const none[] = { NULL };
    refusing[0] = "./prog";
    s5a_exec_search("./prog", none, environ);
    cr_assert_not_null(strstr(called, "/bin/sh(/bin/sh,./prog|"));
}

Test(exec, refusal_ends_the_search)
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

Test(exec, spawn_returns_errors_and_leaves_errno)
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

Test(exec, spawn_finds_the_program_that_will_run)
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

Test(exec, vfork_child_is_told_from_parent_and_fork_child)
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

Test(exec, vfork_child_obeys_the_variable)
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

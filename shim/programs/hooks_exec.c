/* The exported functions that start programs, and those that end this one. */
#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim/engine/keeper.h"
#include "shim/programs/exec.h"
#include "shim/exported.h"
#include "shim/real.h"

S5A_EXPORTED int execve(const char *path, char *const argv[], char *const envp[])
{
    return s5a_exec(AT_FDCWD, path, argv, envp, 0);
}

S5A_EXPORTED int execv(const char *path, char *const argv[])
{
    return s5a_exec(AT_FDCWD, path, argv, environ, 0);
}

S5A_EXPORTED int execvp(const char *file, char *const argv[])
{
    return s5a_exec_search(file, argv, environ);
}

S5A_EXPORTED int execvpe(const char *file, char *const argv[], char *const envp[])
{
    return s5a_exec_search(file, argv, envp);
}

/* The arguments behind `first` as an array on the stack of the calling function. */
#define COLLECT(argv, first, list)                                               \
    va_start(list, first);                                                       \
    char **argv = alloca((s5a_exec_count(first, &(list)) + 1) * sizeof(char *)); \
    va_end(list);                                                                \
    va_start(list, first);                                                       \
    s5a_exec_collect(argv, first, &(list))

S5A_EXPORTED int execl(const char *path, const char *first, ...)
{
    va_list list;
    /* cppcheck-suppress allocaCalled */
    COLLECT(argv, first, list);
    va_end(list);
    return s5a_exec(AT_FDCWD, path, argv, environ, 0);
}

S5A_EXPORTED int execlp(const char *file, const char *first, ...)
{
    va_list list;
    /* cppcheck-suppress allocaCalled */
    COLLECT(argv, first, list);
    va_end(list);
    return s5a_exec_search(file, argv, environ);
}

S5A_EXPORTED int execle(const char *path, const char *first, ...)
{
    va_list list;
    /* cppcheck-suppress allocaCalled */
    COLLECT(argv, first, list);
    char *const *envp = va_arg(list, char *const *);
    va_end(list);
    return s5a_exec(AT_FDCWD, path, argv, envp, 0);
}

S5A_EXPORTED int execveat(int dirfd, const char *path, char *const argv[], char *const envp[],
                          int flags)
{
    return s5a_exec(dirfd, path, argv, envp, flags);
}

S5A_EXPORTED int fexecve(int fd, char *const argv[], char *const envp[])
{
    return s5a_exec_descriptor(fd, argv, envp);
}

S5A_EXPORTED int posix_spawn(pid_t *pid, const char *path,
                             const posix_spawn_file_actions_t *actions,
                             const posix_spawnattr_t *attributes, char *const argv[],
                             char *const envp[])
{
    struct s5a_spawn request = { NULL, pid, path, actions, attributes, argv };
    request.spawn = S5A_REAL(posix_spawn);
    return s5a_exec_spawn(&request, envp);
}

S5A_EXPORTED int posix_spawnp(pid_t *pid, const char *file,
                              const posix_spawn_file_actions_t *actions,
                              const posix_spawnattr_t *attributes, char *const argv[],
                              char *const envp[])
{
    struct s5a_spawn request = { NULL, pid, file, actions, attributes, argv };
    request.spawn = S5A_REAL(posix_spawnp);
    return s5a_exec_spawn_search(&request, envp);
}

S5A_EXPORTED int system(const char *command)
{
    if (command != NULL && !s5a_exec_shell())
        return W_EXITCODE(127, 0);
    return S5A_REAL(system)(command);
}

S5A_EXPORTED FILE *popen(const char *command, const char *mode)
{
    return s5a_exec_shell() ? S5A_REAL(popen)(command, mode) : NULL;
}

/* libc ends the parent by a call of its own. */
S5A_EXPORTED int daemon(int nochdir, int noclose)
{
    s5a_keeper_before_daemon();
    return S5A_REAL(daemon)(nochdir, noclose);
}

S5A_EXPORTED _Noreturn void _exit(int status)
{
    s5a_keeper_before_exit();
    S5A_REAL(_exit)(status);
    __builtin_unreachable();
}

S5A_EXPORTED _Noreturn void _Exit(int status)
{
    s5a_keeper_before_exit();
    S5A_REAL(_Exit)(status);
    __builtin_unreachable();
}

S5A_EXPORTED _Noreturn void quick_exit(int status)
{
    s5a_keeper_before_exit();
    S5A_REAL(quick_exit)(status);
    __builtin_unreachable();
}

/* A handler of the program's may go on from here: with connections that the keeper looks after. */
S5A_EXPORTED _Noreturn void abort(void)
{
    s5a_keeper_before_abort();
    S5A_REAL(abort)();
    __builtin_unreachable();
}

/* Starting programs from inside: nothing starts that would go past the shim, and what starts gets
 * the environment that it needs (architecture, section 9). Safe in vfork children, but for
 * s5a_exec_shell. Functions follow the libc functions that they serve: result, errno and all. */
#pragma once

#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* execve and execveat (dirfd AT_FDCWD and flags 0: by execve). */
int s5a_exec(int dirfd, const char *path, char *const argv[], char *const envp[], int flags);
/* execvpe. */
int s5a_exec_search(const char *file, char *const argv[], char *const envp[]);
int s5a_exec_descriptor(int fd, char *const argv[], char *const envp[]);

/* The arguments of posix_spawn and posix_spawnp; `spawn` is the real one. */
struct s5a_spawn {
    __typeof__(posix_spawn) *spawn;
    pid_t *pid;
    const char *file;
    const posix_spawn_file_actions_t *actions;
    const posix_spawnattr_t *attributes;
    char *const *argv;
};
int s5a_exec_spawn(struct s5a_spawn *request, char *const envp[]);
/* posix_spawnp: `file` is searched for in PATH. */
int s5a_exec_spawn_search(struct s5a_spawn *request, char *const envp[]);

/* Before system and popen, whose children libc starts itself: prepares `environ`. False with
 * errno where /bin/sh must not be started. */
bool s5a_exec_shell(void);

/* For execl and its like: how many arguments before the NULL, `first` included; and the
 * arguments into `argv` with NULL, the list left behind the NULL. */
size_t s5a_exec_count(const char *first, va_list *list);
void s5a_exec_collect(char *argv[], const char *first, va_list *list);

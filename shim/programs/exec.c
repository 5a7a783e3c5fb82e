/* Starting programs: look at the file, merge the environment, call libc. */
#include "shim/programs/exec.h"

#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim/engine/keeper.h"
#include "shim/programs/exec_environment.h"
#include "shim/programs/exec_policy.h"
#include "shim/programs/path_exec.h"
#include "shim/programs/path_search.h"
#include "shim/real.h"
#include "shim/sockets/peers.h"

enum { PEERS_CAP = 4096 };

/* What is done with the merged environment. */
typedef int run_fn(void *request, char *const envp[]);

static int run_merged(run_fn *run, void *request, char *const envp[])
{
    char peers[PEERS_CAP];
    peers[s5a_peers_export(peers, sizeof(peers) - 1)] = '\0';
    size_t size = s5a_exec_environment_size(envp, peers);
    if (size == 0)
        return run(request, envp);
    /* cppcheck-suppress allocaCalled */
    char **merged = s5a_exec_environment_write(envp, peers, alloca(size), size);
    if (merged != NULL)
        return run(request, merged);
    errno = E2BIG;
    return -1;
}

struct place {
    int dirfd;
    const char *path;
    char *const *argv;
    int flags;
};

static int run_at(void *request, char *const envp[])
{
    const struct place *at = request;
    s5a_keeper_before_exec();
    if (at->dirfd == AT_FDCWD && at->flags == 0)
        return S5A_REAL(execve)(at->path, at->argv, envp);
    return S5A_REAL(execveat)(at->dirfd, at->path, at->argv, envp, at->flags);
}

int s5a_exec(int dirfd, const char *path, char *const argv[], char *const envp[], int flags)
{
    struct place at = { .dirfd = dirfd, .path = path, .argv = argv, .flags = flags };
    return s5a_exec_refused(dirfd, path, flags) ? -1 : run_merged(run_at, &at, envp);
}

static int run_descriptor(void *request, char *const envp[])
{
    const struct place *at = request;
    s5a_keeper_before_exec();
    return S5A_REAL(fexecve)(at->dirfd, at->argv, envp);
}

int s5a_exec_descriptor(int fd, char *const argv[], char *const envp[])
{
    struct place at = { .dirfd = fd, .argv = argv };
    if (envp == NULL || argv == NULL || fd < 0)
        return S5A_REAL(fexecve)(fd, argv, envp);
    return s5a_exec_refused(fd, "", AT_EMPTY_PATH) ? -1 : run_merged(run_descriptor, &at, envp);
}

struct search {
    const char *file;
    char *const *argv;
};

static bool is_refused(const char *path, void *context)
{
    (void)context;
    return s5a_exec_refused(AT_FDCWD, path, 0);
}

static int run_search(void *request, char *const envp[])
{
    const struct search *search = request;
    struct s5a_path_exec how = { .is_refused = is_refused };
    how.execve = S5A_REAL(execve);
    s5a_keeper_before_exec();
    return s5a_path_exec(&how, search->file, search->argv, envp);
}

int s5a_exec_search(const char *file, char *const argv[], char *const envp[])
{
    struct search search = { .file = file, .argv = argv };
    return run_merged(run_search, &search, envp);
}

static int run_spawn(void *context, char *const envp[])
{
    const struct s5a_spawn *request = context;
    s5a_keeper_before_spawn();
    return request->spawn(request->pid, request->file, request->actions, request->attributes,
                          request->argv, envp);
}

/* These return the error number; run_merged's own failure is -1 with errno. */
static int spawn_merged(struct s5a_spawn *request, char *const envp[])
{
    int saved = errno;
    int failed = run_merged(run_spawn, request, envp);
    if (failed == -1)
        failed = errno;
    errno = saved;
    return failed;
}

static int refused_spawn(int saved)
{
    int error = errno;
    errno = saved;
    return error;
}

int s5a_exec_spawn(struct s5a_spawn *request, char *const envp[])
{
    int saved = errno;
    return s5a_exec_refused(AT_FDCWD, request->file, 0) ? refused_spawn(saved)
                                                        : spawn_merged(request, envp);
}

/* The first candidate is what will run. */
static bool judge_candidate(const char *path, void *context)
{
    bool *refused = context;
    if (access(path, X_OK) != 0)
        return false;
    *refused = s5a_exec_refused(AT_FDCWD, path, 0);
    return true;
}

int s5a_exec_spawn_search(struct s5a_spawn *request, char *const envp[])
{
    int saved = errno;
    bool refused = false;
    int failed = s5a_path_search(request->file, getenv("PATH"), judge_candidate, &refused);
    if (failed == 0 && refused)
        return refused_spawn(saved);
    errno = saved;
    return spawn_merged(request, envp);
}

bool s5a_exec_shell(void)
{
    int saved = errno;
    char peers[PEERS_CAP];
    if (s5a_exec_refused(AT_FDCWD, S5A_SHELL, 0))
        return false;
    peers[s5a_peers_export(peers, sizeof(peers) - 1)] = '\0';
    if (!s5a_exec_environment_own(peers)) {
        errno = ENOMEM;
        return false;
    }
    s5a_keeper_before_spawn();
    errno = saved;
    return true;
}

size_t s5a_exec_count(const char *first, va_list *list)
{
    size_t count = 0;
    for (const char *at = first; at != NULL; at = va_arg(*list, const char *))
        count++;
    return count;
}

void s5a_exec_collect(char *argv[], const char *first, va_list *list)
{
    const char *at = first;
    size_t count = 0;
    for (; at != NULL; at = va_arg(*list, const char *))
        memcpy(&argv[count++], &at, sizeof(at));
    argv[count] = NULL;
}

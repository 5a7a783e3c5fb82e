/* The search in PATH, and what is done with each candidate. */
#include "shim/programs/path_exec.h"

#include <alloca.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shim/programs/path_search.h"

struct search {
    const struct s5a_path_exec *how;
    char *const *argv;
    char *const *envp;
    bool was_denied; /* a candidate was there and could not be executed */
};

static bool is_refused(const struct search *search, const char *path)
{
    return search->how->is_refused(path, search->how->context);
}

/* As execvp does with a text that is no program. */
static void run_by_shell(const struct search *search, const char *path)
{
    size_t count = 0;
    while (search->argv[count] != NULL)
        count++;
    /* cppcheck-suppress allocaCalled */
    char **shell = alloca((count + 3) * sizeof(char *));
    const void *const words[2] = { S5A_SHELL, path };
    memcpy(shell, words, sizeof(words));
    shell[2] = NULL;
    if (count > 1)
        memcpy(shell + 2, search->argv + 1, count * sizeof(char *));
    if (!is_refused(search, S5A_SHELL))
        search->how->execve(S5A_SHELL, shell, search->envp);
}

static bool try_candidate(const char *path, void *context)
{
    struct search *search = context;
    if (is_refused(search, path))
        return true;
    search->how->execve(path, search->argv, search->envp);
    if (errno == ENOEXEC)
        run_by_shell(search, path);
    search->was_denied |= errno == EACCES;
    return !s5a_path_goes_on(errno);
}

int s5a_path_exec(const struct s5a_path_exec *how, const char *file, char *const argv[],
                  char *const envp[])
{
    struct search search = { .how = how, .argv = argv, .envp = envp };
    int failed = s5a_path_search(file, getenv("PATH"), try_candidate, &search);
    if (failed != 0)
        errno = -failed;
    else if (search.was_denied && s5a_path_goes_on(errno))
        errno = EACCES;
    return -1;
}

/* The judgement on a program, and what the user wants done about it. */
#include "shim/programs/exec_policy.h"

#include <errno.h>
#include <string.h>

#include "shim/environment.h"
#include "shim/programs/program.h"
#include "shim/programs/vfork.h"
#include "shim/runtime.h"

/* In a vfork child the configuration cannot be loaded. Where the parent has not done so either, its
 * variable has the word (the wrapper sets it); without one the default holds. */
static enum s5a_exec_policy policy_of_child(void)
{
    const struct s5a_config *known = s5a_runtime_config_known();
    const char *word = s5a_environment_get("SOCKS5A_EXEC_UNSHIMMED");
    if (known != NULL)
        return known->exec_unshimmed;
    if (word == NULL)
        return S5A_EXEC_DENY;
    return strcmp(word, "allow") == 0  ? S5A_EXEC_ALLOW
           : strcmp(word, "warn") == 0 ? S5A_EXEC_WARN
                                       : S5A_EXEC_DENY;
}

static enum s5a_exec_policy policy(void)
{
    if (s5a_in_vfork_child())
        return policy_of_child();
    const struct s5a_config *config = s5a_runtime_config();
    return config == NULL ? S5A_EXEC_DENY : config->exec_unshimmed;
}

static void report(const struct s5a_program *program, const char *path, bool is_refused)
{
    char line[S5A_PROGRAM_LINE_CAP];
    s5a_program_describe(program, path, is_refused, line, sizeof(line));
    s5a_log(S5A_LOG_WARNING, "%s", line);
}

bool s5a_exec_refused(int dirfd, const char *path, int flags)
{
    struct s5a_program program;
    if (path == NULL)
        return false;
    s5a_program_inspect(&program, dirfd, path, flags);
    if (program.kind == S5A_PROGRAM_FINE)
        program.kind = s5a_program_check_library(s5a_environment_library());
    enum s5a_exec_policy word = program.kind == S5A_PROGRAM_FINE ? S5A_EXEC_ALLOW : policy();
    if (word == S5A_EXEC_ALLOW)
        return false;
    report(&program, path, word == S5A_EXEC_DENY);
    if (word == S5A_EXEC_WARN)
        return false;
    errno = program.kind == S5A_PROGRAM_UNKNOWN ? ENOEXEC : EACCES;
    return true;
}

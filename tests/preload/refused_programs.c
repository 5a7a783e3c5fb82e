/* A program that starts others which nothing can be preloaded into: they do not start, and what is
 * missing is missing as ever. */
#include "tests/preload/lab.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int start_errno(const char *path)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        CHECK(dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO) >= 0);
        execl(path, path, (char *)NULL);
        _exit(errno);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void copy_true(char *path, size_t cap, const char *name, mode_t mode)
{
    char command[1024];
    snprintf(path, cap, "%s/%s", lab_directory(), name);
    snprintf(command, sizeof command, "cp '%s' '%s'", "/bin/true", path);
    CHECK(system(command) == 0 && chmod(path, mode) == 0);
}

static void setuid_is_refused(void)
{
    char path[256];
    pid_t pid;
    char *const list[] = { path, NULL };
    copy_true(path, sizeof path, "setuid", 04755);
    if (chown(path, 1, 1) != 0)
        lab_skip("not root");
    CHECK(chmod(path, 04755) == 0);
    CHECK(start_errno(path) == EACCES);
    CHECK(posix_spawn(&pid, path, NULL, NULL, list, environ) == EACCES);
    CHECK(chmod(path, 0755) == 0);
    CHECK(start_errno(path) == 0);
}

static void static_is_refused(void)
{
    if (access("/sbin/ldconfig", X_OK) != 0)
        lab_skip("no /sbin/ldconfig, which is static");
    CHECK(start_errno("/sbin/ldconfig") == EACCES);
}

static void script_of_static_is_refused(void)
{
    char path[256];
    if (access("/sbin/ldconfig", X_OK) != 0)
        lab_skip("no /sbin/ldconfig, which is static");
    snprintf(path, sizeof path, "%s/script", lab_directory());
    FILE *script = fopen(path, "w");
    CHECK(fputs("#!/sbin/ldconfig -V\n", script) >= 0 && fclose(script) == 0);
    CHECK(chmod(path, 0755) == 0);
    CHECK(start_errno(path) == EACCES);
}

static void go_is_refused(void)
{
    if (access("/usr/bin/age", X_OK) != 0)
        lab_skip("no /usr/bin/age, which is Go");
    CHECK(start_errno("/usr/bin/age") == EACCES);
}

/* The program itself then says what it has to say, which is not an errno of ours. */
static void unshimmed_by_permission(void)
{
    if (access("/sbin/ldconfig", X_OK) != 0)
        lab_skip("no /sbin/ldconfig, which is static");
    char *const list[] = { "ldconfig", "-V", NULL };
    pid_t child = fork();
    if (child == 0) {
        CHECK(dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO) >= 0);
        execv("/sbin/ldconfig", list);
        _exit(99);
    }
    lab_check_child(child);
}

static void missing_is_enoent(void)
{
    pid_t pid;
    char *const list[] = { "x", NULL };
    CHECK(start_errno("/nonexistent/x") == ENOENT);
    CHECK(start_errno("/etc/passwd") == EACCES);
    CHECK(posix_spawn(&pid, "/nonexistent/x", NULL, NULL, list, environ) == ENOENT);
}

#define QUIET "SOCKS5A_LOG=error"
LAB({ "setuid_is_refused", LAB_HONEST, 0, setuid_is_refused, "", QUIET },
    { "static_is_refused", LAB_HONEST, 0, static_is_refused, "", QUIET },
    { "script_of_static_is_refused", LAB_HONEST, 0, script_of_static_is_refused, "", QUIET },
    { "go_is_refused", LAB_HONEST, 0, go_is_refused, "", QUIET },
    { "unshimmed_by_permission", LAB_HONEST, 0, unshimmed_by_permission, "",
      "SOCKS5A_EXEC_UNSHIMMED=allow" },
    { "missing_is_enoent", LAB_HONEST, 0, missing_is_enoent, "" })

/* A program that starts others in all the ways there are: they know the peers of the sockets that
 * they inherit, and go through the proxy themselves, whatever became of the environment. */
#include "tests/preload/lab.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>

/* ---- what is executed --------------------------------------------------------------------- */

static void inner_connects(void)
{
    alarm(20);
    lab_check_echo(lab_connect("192.0.2.3", 83));
}

/* Standard input is a socket of the starter's. */
static void inner_inherits(void)
{
    alarm(20);
    lab_check_peer(STDIN_FILENO, "192.0.2.1", 80);
    lab_check_echo(STDIN_FILENO);
}

/* ---- how ---------------------------------------------------------------------------------- */

static char *const empty[] = { NULL };

static char **arguments(const char *name)
{
    static char option[] = "--case", word[64];
    static char *list[] = { NULL, option, word, NULL };
    list[0] = (char *)(size_t)lab_self();
    snprintf(word, sizeof word, "%s", name);
    return list;
}

static void fork_sees_the_peer(void)
{
    int fd = lab_connect("192.0.2.1", 80);
    pid_t child = fork();
    if (child == 0) {
        lab_check_peer(fd, "192.0.2.1", 80);
        lab_check_echo(fd);
        lab_check_echo(lab_connect("192.0.2.2", 81));
        _exit(0);
    }
    lab_check_child(child);
    lab_check_peer(fd, "192.0.2.1", 80);
}

static void fork_before_all(void)
{
    pid_t child = fork();
    if (child == 0) {
        inner_connects();
        _exit(0);
    }
    lab_check_child(child);
    lab_check_echo(lab_connect("192.0.2.1", 80));
}

enum way { EXECVE, EXECV, EXECVPE, EXECL, EXECLE, FEXECVE, EXECVEAT };

static void execute(enum way way, const char *name, char *const *environment)
{
    char **list = arguments(name);
    switch (way) {
    case EXECVE:
        execve(list[0], list, environment);
        break;
    case EXECV:
        execv(list[0], list);
        break;
    case EXECVPE:
        execvpe(list[0], list, environment);
        break;
    case EXECL:
        execl(list[0], list[0], list[1], list[2], (char *)NULL);
        break;
    case EXECLE:
        execle(list[0], list[0], list[1], list[2], (char *)NULL, environment);
        break;
    case FEXECVE:
        fexecve(open(list[0], O_RDONLY | O_CLOEXEC), list, environment);
        break;
    case EXECVEAT:
        execveat(AT_FDCWD, list[0], list, environment, 0);
        break;
    }
    lab_fail(__FILE__, __LINE__, "exec");
}

static void check_way(enum way way, char *const *environment)
{
    int fd = lab_connect("192.0.2.1", 80);
    pid_t child = fork();
    if (child == 0) {
        dup2(fd, STDIN_FILENO);
        execute(way, "inner_inherits", environment);
    }
    lab_check_child(child);
    child = fork();
    if (child == 0)
        execute(way, "inner_connects", environment);
    lab_check_child(child);
    lab_check_peer(fd, "192.0.2.1", 80);
}

static void all_ways(void)
{
    for (enum way way = EXECVE; way <= EXECVEAT; way++)
        check_way(way, environ);
}

/* As `env -i` does. */
static void empty_environment(void)
{
    static const enum way ways[] = { EXECVE, EXECVPE, EXECLE, FEXECVE, EXECVEAT };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        check_way(ways[i], empty);
}

static void cleared_environment(void)
{
    CHECK(clearenv() == 0);
    inner_connects();
    check_way(EXECV, NULL);
    check_way(EXECL, NULL);
}

static void preload_is_replaced(void)
{
    static char other[] = "LD_PRELOAD=libm.so.6";
    char *list[] = { other, NULL };
    check_way(EXECVE, list);
    CHECK(setenv("LD_PRELOAD", "libm.so.6", 1) == 0);
    check_way(EXECV, NULL);
    CHECK(unsetenv("LD_PRELOAD") == 0);
    check_way(EXECV, NULL);
}

static void proxy_is_kept(void)
{
    static char other[] = "HOME=/";
    char *list[] = { other, NULL };
    check_way(EXECVE, list);
}

static void spawned(char *const *environment)
{
    posix_spawn_file_actions_t actions;
    pid_t child = -1;
    int fd = lab_connect("192.0.2.1", 80);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
    CHECK(posix_spawn(&child, lab_self(), &actions, NULL, arguments("inner_inherits"),
                      environment) == 0);
    lab_check_child(child);
    CHECK(posix_spawnp(&child, lab_self(), NULL, NULL, arguments("inner_connects"), environment) ==
          0);
    lab_check_child(child);
    posix_spawn_file_actions_destroy(&actions);
}

static void spawn(void)
{
    spawned(environ);
    spawned(empty);
}

static void vfork_and_exec(void)
{
    int fd = lab_connect("192.0.2.1", 80);
    char **list = arguments("inner_inherits");
    pid_t child = vfork();
    if (child == 0) {
        dup2(fd, STDIN_FILENO);
        execve(list[0], list, empty);
        _exit(99);
    }
    lab_check_child(child);
    list = arguments("inner_connects");
    child = vfork();
    if (child == 0) {
        execve(list[0], list, empty);
        _exit(99);
    }
    lab_check_child(child);
    lab_check_peer(fd, "192.0.2.1", 80);
    lab_check_echo(fd);
}

static void shells(void)
{
    char command[512];
    int fd = lab_connect("192.0.2.1", 80);
    snprintf(command, sizeof command, "exec '%s' --case inner_inherits <&%d", lab_self(), fd);
    lab_check_status(system(command));
    lab_check_status(pclose(popen(command, "w")));
    CHECK(clearenv() == 0);
    lab_check_status(system(command));
    snprintf(command, sizeof command, "exec env -i '%s' --case inner_connects", lab_self());
    CHECK(setenv("PATH", "/usr/bin:/bin", 1) == 0);
    lab_check_status(system(command));
    lab_check_status(pclose(popen(command, "w")));
}

LAB_BY_RELAY({ "inner_connects", LAB_INNER, 0, inner_connects, NULL },
             { "inner_inherits", LAB_INNER, 0, inner_inherits, NULL },
             { "fork_sees_the_peer", LAB_HONEST, 0, fork_sees_the_peer,
               "192.0.2.1:80;192.0.2.2:81" },
             { "fork_before_all", LAB_HONEST, 0, fork_before_all, "192.0.2.3:83;192.0.2.1:80" },
             { "all_ways", LAB_HONEST, 0, all_ways, NULL },
             { "empty_environment", LAB_HONEST, 0, empty_environment, NULL },
             { "cleared_environment", LAB_HONEST, 0, cleared_environment, NULL },
             { "preload_is_replaced", LAB_HONEST, 0, preload_is_replaced, NULL },
             { "proxy_is_kept", LAB_HONEST, 0, proxy_is_kept, "192.0.2.1:80;192.0.2.3:83" },
             { "spawn", LAB_HONEST, 0, spawn, NULL },
             { "vfork_and_exec", LAB_HONEST, 0, vfork_and_exec, "192.0.2.1:80;192.0.2.3:83" },
             { "shells", LAB_HONEST, 0, shells, NULL })

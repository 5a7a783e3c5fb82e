/* The last step of socks5a-run: checks everything that can be wrong before a program starts, then
 * becomes the program with the library preloaded. Linked statically, so that it starts in no time
 * and nothing preloaded gets into it.
 *
 *   socks5a-exec -- LIBRARY PROGRAM [ARGUMENT...]   by the script, which has read the options
 *   socks5a-exec SCRIPT [ARGUMENT...]               by the kernel: the installed script names it as
 *                                                   its interpreter, and a shell is started only
 *                                                   where there are options but -s */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/config/config.h"
#include "shim/programs/elf.h"
#include "shim/programs/path_exec.h"
#include "shim/programs/program.h"
#include "shim/variable.h"

enum { EXIT_USAGE = 2, EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 };

#define SAY(...) dprintf(STDERR_FILENO, "socks5a-run: " __VA_ARGS__)

/* By this note the shim of an outer run knows that this static program may start. */
__asm__(".pushsection .note.socks5a,\"a\",%note\n"
        ".balign 4\n"
        ".long 8, 0, 1\n"
        ".asciz \"" S5A_ELF_NOTE_OWNER "\"\n"
        ".popsection\n");

struct launch {
    const char *library;
    char **argv;
    struct s5a_config *config;
    int refused; /* exit status, 0: not refused */
};

/* ---- before anything is looked for ---- */

static bool is_preloadable(const char *library)
{
    if (library[0] != '/' || strpbrk(library, ": ") != NULL)
        SAY("%s: the library's path must be absolute, without blank or colon\n", library);
    else if (access(library, R_OK) != 0)
        SAY("%s: %s\n", library, strerror(errno));
    else
        return true;
    return false;
}

static const char *variable(const char *name)
{
    return getenv(name);
}

static struct s5a_config *load(void)
{
    struct s5a_config *config;
    char error[512];
    if (s5a_config_load(&config, variable, error, sizeof(error)) != S5A_OK) {
        SAY("%s\n", error);
        return NULL;
    }
    if (config->proxies == NULL) {
        SAY("no proxy is configured: use -s HOST:PORT, SOCKS5A_PROXY, or [proxy NAME] in %s\n",
            config->source == NULL ? "~/.config/socks5a/socks5a.conf" : config->source);
        s5a_config_free(config);
        return NULL;
    }
    s5a_log_setup(config->log_level, config->log_file);
    return config;
}

/* ---- the environment: programs change HOME, so what was found by it is named ---- */

static bool set(const char *name, const char *value)
{
    if (value == NULL || setenv(name, value, 1) == 0)
        return true;
    SAY("%s\n", strerror(errno));
    return false;
}

static bool set_preload(const char *library)
{
    const char *list = getenv("LD_PRELOAD");
    size_t len;
    if (list == NULL || list[0] == '\0')
        return set("LD_PRELOAD", library);
    if (s5a_preload_find(list, &len) != NULL)
        return true;
    char *merged;
    if (asprintf(&merged, "%s:%s", library, list) < 0)
        return false;
    bool is_set = set("LD_PRELOAD", merged);
    free(merged);
    return is_set;
}

static bool prepare(const struct launch *launch)
{
    static const char *const policies[] = { NULL, "warn", "allow" };
    const struct s5a_config *config = launch->config;
    return set_preload(launch->library) &&
           set("SOCKS5A_CONF", config->source == NULL ? "" : config->source) &&
           set("SOCKS5A_STATE_DIR", config->state_dir) &&
           set("SOCKS5A_EXEC_UNSHIMMED", policies[config->exec_unshimmed]);
}

/* ---- the program ---- */

static bool is_refused(const char *path, void *context)
{
    struct launch *launch = context;
    struct s5a_program program;
    enum s5a_exec_policy policy = launch->config->exec_unshimmed;
    s5a_program_inspect(&program, AT_FDCWD, path, 0);
    if (program.kind == S5A_PROGRAM_FINE || policy == S5A_EXEC_ALLOW)
        return false;
    char line[PATH_MAX + S5A_PROGRAM_LINE_CAP];
    s5a_program_describe(&program, path, policy == S5A_EXEC_DENY, line, sizeof(line));
    if (policy == S5A_EXEC_WARN) {
        s5a_log(S5A_LOG_WARNING, "%s", line);
        return false;
    }
    SAY("%s\n", line);
    launch->refused = EXIT_CANNOT_RUN;
    return true;
}

static int run(struct launch *launch)
{
    const char *name = launch->argv[0];
    struct s5a_path_exec how = { .execve = execve, .is_refused = is_refused, .context = launch };
    s5a_path_exec(&how, name, launch->argv, environ);
    int error = errno;
    if (launch->refused != 0)
        return launch->refused;
    if (error == ENOENT && strchr(name, '/') == NULL)
        SAY("%s: not found\n", name);
    else
        SAY("%s: %s\n", name, strerror(error));
    return error == ENOENT || error == ENOTDIR ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

static int launch(const char *library, char **argv)
{
    struct launch launch = { .library = library, .argv = argv };
    if (!is_preloadable(launch.library))
        return EXIT_USAGE;
    launch.config = load();
    if (launch.config == NULL)
        return EXIT_USAGE;
    int status = prepare(&launch) ? run(&launch) : EXIT_USAGE;
    s5a_config_free(launch.config);
    return status;
}

/* ---- as an interpreter ---- */

static bool is_for_shell(const char *word, const char *next)
{
    return word == NULL || word[0] == '-' ||
           (next == NULL &&
            (strcmp(word, "on") == 0 || strcmp(word, "off") == 0 || strcmp(word, "show") == 0));
}

/* The one option that nearly everybody gives needs no shell either. */
static char **take_server(char **words)
{
    while (words[0] != NULL && strcmp(words[0], "-s") == 0 && words[1] != NULL &&
           words[1][0] != '\0' && set("SOCKS5A_PROXY", words[1]))
        words += 2;
    return words;
}

/* The library lies beside this program, whose path the script's first line has. */
static int interpret(char **argv)
{
    char library[PATH_MAX];
    const char *slash = strrchr(argv[0], '/');
    int dir_len = slash == NULL ? 0 : (int)(slash - argv[0]);
    if (snprintf(library, sizeof(library), "%.*s/" S5A_LIBRARY, dir_len, argv[0]) >=
        (int)sizeof(library))
        return EXIT_USAGE;
    char **words = take_server(argv + 2);
    if (!is_for_shell(words[0], words[0] == NULL ? NULL : words[1]))
        return launch(library, words);
    execv("/bin/sh", argv);
    SAY("/bin/sh: %s\n", strerror(errno));
    return EXIT_CANNOT_RUN;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return puts("socks5a-run " S5A_VERSION_TEXT) < 0;
    if (argc > 3 && strcmp(argv[1], "--") == 0)
        return launch(argv[2], argv + 3);
    if (argc > 1 && argv[1][0] != '-')
        return interpret(argv);
    SAY("usage: socks5a-exec -- LIBRARY PROGRAM [ARGUMENT...]\n");
    return EXIT_USAGE;
}

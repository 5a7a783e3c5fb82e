/* socks5ad: the program. */
#include <ares.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "server/options.h"
#include "server/server.h"

enum { EXIT_USAGE = 2 };

struct arguments {
    int argc;
    char **argv;
};

static int complain(const char *what)
{
    fprintf(stderr, "socks5ad: %s\n", what);
    return EXIT_USAGE;
}

static int print_help(void)
{
    puts(
        "Usage: socks5ad [-c FILE] [options]\n"
        "SOCKS5a server: log-ins by EAF, by user name and password, or none.\n\n"
        "  -c, --config FILE      read settings from an INI file: option --a-b is key a_b\n"
        "  -v, -vv                log every session; log everything\n"
        "  --hash-password        read a password from standard input, print its line for --users\n"
        "  --help, --version");
    s5ad_settings_help();
    puts("\nSIGHUP reads users, keys and access list anew; SIGTERM drains, a second ends at once.");
    return EXIT_SUCCESS;
}

static int print_version(void)
{
    puts("socks5ad " S5A_VERSION_TEXT);
    return EXIT_SUCCESS;
}

/* One line of standard input, unseen where that is a terminal. */
static bool read_password(char *out, size_t cap)
{
    struct termios before;
    bool is_terminal = tcgetattr(STDIN_FILENO, &before) == 0;
    if (is_terminal) {
        struct termios silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
        fputs("Password: ", stderr);
    }
    bool read = fgets(out, (int)cap, stdin) != NULL;
    if (is_terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    if (read)
        out[strcspn(out, "\n")] = '\0';
    return read;
}

static int hash_password(void)
{
    char password[S5A_SECRET_MAX + 3], hash[crypto_pwhash_STRBYTES];
    if (!read_password(password, sizeof password) || !*password)
        return complain("found no password on standard input");
    size_t len = strlen(password);
    if (len > S5A_SECRET_MAX)
        return complain("found a password over 255 bytes");
    int failed = crypto_pwhash_str(hash, password, len, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                   crypto_pwhash_MEMLIMIT_INTERACTIVE);
    s5a_wipe(password, sizeof password);
    if (failed)
        return complain("out of memory");
    printf("password = %s\n", hash);
    return EXIT_SUCCESS;
}

static bool reread(void *data, struct s5ad_settings *fresh, struct s5ad_problem *problem)
{
    const struct arguments *arguments = data;
    return s5ad_options_read(fresh, arguments->argc, arguments->argv, problem) == S5AD_ACTION_SERVE;
}

static void tell_ready(const struct s5ad_server *server)
{
    int fd = server->settings->ready_fd;
    if (fd < 0)
        return;
    for (unsigned i = 0; i < server->listener_count; i++)
        dprintf(fd, "%s\n", server->listeners[i].name);
    if (fd > STDERR_FILENO)
        close(fd);
}

static int serve(struct s5ad_settings *settings, struct arguments *arguments)
{
    struct s5ad_server server;
    struct s5ad_problem problem = { "" };
    if (settings->listen_count == 0 &&
        !s5ad_settings_option(settings, "listen", "127.0.0.1:1080", &problem))
        return complain(problem.text);
    if (settings->hosts)
        setenv("CARES_HOSTS", settings->hosts, 1); /* see s5ad_names_new */
    if (!s5ad_server_open(&server, settings, &problem))
        return complain(problem.text);
    server.reread = reread;
    server.reread_data = arguments;
    tell_ready(&server);
    int error = s5ad_server_run(&server);
    s5ad_server_close(&server);
    if (error == 0)
        return EXIT_SUCCESS;
    fprintf(stderr, "socks5ad: %s\n", strerror(-error));
    return EXIT_FAILURE;
}

static int act(enum s5ad_action action, struct s5ad_settings *settings, struct arguments *arguments,
               const struct s5ad_problem *problem)
{
    switch (action) {
    case S5AD_ACTION_HELP:
        return print_help();
    case S5AD_ACTION_VERSION:
        return print_version();
    case S5AD_ACTION_HASH:
        return hash_password();
    case S5AD_ACTION_SERVE:
        return serve(settings, arguments);
    default:
        return complain(problem->text);
    }
}

int main(int argc, char **argv)
{
    struct arguments arguments = { argc, argv };
    struct s5ad_settings settings;
    struct s5ad_problem problem = { "" };
    if (sodium_init() < 0 || ares_library_init(ARES_LIB_INIT_ALL) != 0)
        return complain("cannot start its libraries");
    s5ad_settings_init(&settings);
    enum s5ad_action action = s5ad_options_read(&settings, argc, argv, &problem);
    int status = act(action, &settings, &arguments, &problem);
    s5ad_settings_wipe(&settings);
    ares_library_cleanup();
    return status;
}

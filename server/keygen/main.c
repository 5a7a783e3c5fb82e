/* socks5a-keygen: the program. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/keygen/commands.h"
#include "server/keygen/output.h"

enum { EXIT_USAGE = 2 };

enum wants { WANTS_NOTHING, WANTS_FILE, WANTS_NAME, MAY_HAVE_FILE };

static const struct command {
    const char *name;
    enum wants wants;
    s5ad_keygen_command_fn *run;
    const char *help;
} commands[] = {
    { "client", WANTS_FILE, s5ad_keygen_client, "client FILE        a client's private key" },
    { "server", WANTS_FILE, s5ad_keygen_server, "server FILE        a server's key" },
    { "network", WANTS_FILE, s5ad_keygen_network,
      "network FILE       a key that a server and all its clients have" },
    { "ticket", WANTS_FILE, s5ad_keygen_ticket,
      "ticket FILE        a new ticket key before those that are in the file" },
    { "totp", WANTS_NAME, s5ad_keygen_totp,
      "totp NAME          a secret of one-time codes, as a QR code too\n"
      "                     --issuer TEXT (socks5ad), --no-qr" },
    { "token", MAY_HAVE_FILE, s5ad_keygen_token, "token [FILE]       a token, into a file" },
    { "password", WANTS_NOTHING, s5ad_keygen_password,
      "password           the server's entry for a password, which it asks for\n"
      "                     --password-file FILE" },
    { "fingerprint", WANTS_FILE, s5ad_keygen_fingerprint,
      "fingerprint FILE   the public part of a client's or server's key" },
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int print_help(void)
{
    puts("Usage: socks5a-keygen COMMAND [ARGUMENT] [OPTION...]\n"
         "Makes keys and secrets, and prints what goes where on the other side.\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %s\n", commands[i].help);
    puts("\nNo file is ever overwritten; new ones have mode 0600.\n  --help, --version");
    return EXIT_SUCCESS;
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* The value of option `name`, taken off the arguments; NULL where this is another argument. */
static const char *take_value(char ***at, const char *name)
{
    size_t len = strlen(name);
    const char *word = **at;
    if (strncmp(word, name, len) != 0)
        return NULL;
    if (word[len] == '=')
        return word + len + 1;
    if (word[len] == '\0' && (*at)[1])
        return *++*at;
    return NULL;
}

static bool take_option(struct s5ad_keygen_options *options, const struct command *command,
                        char ***at)
{
    const char *value;
    bool totp = command->run == s5ad_keygen_totp, password = command->run == s5ad_keygen_password;
    if (totp && strcmp(**at, "--no-qr") == 0)
        options->no_qr = true;
    else if (totp && (value = take_value(at, "--issuer")))
        options->issuer = value;
    else if (password && (value = take_value(at, "--password-file")))
        options->password_file = value;
    else
        return s5ad_keygen_complain("found \"%s\", expected an option that --help lists", **at);
    return true;
}

static bool take_argument(struct s5ad_keygen_options *options, const struct command *command,
                          char ***at)
{
    if (***at == '-')
        return take_option(options, command, at);
    if (command->wants == WANTS_NOTHING || options->argument || ***at == '\0')
        return s5ad_keygen_complain("found \"%s\", expected nothing more", **at);
    options->argument = **at;
    return true;
}

static bool read_arguments(struct s5ad_keygen_options *options, const struct command *command,
                           char **at)
{
    for (; *at; at++)
        if (!take_argument(options, command, &at))
            return false;
    bool lacks =
        (command->wants == WANTS_FILE || command->wants == WANTS_NAME) && !options->argument;
    return !lacks || s5ad_keygen_complain("%s: expected a %s", command->name,
                                          command->wants == WANTS_FILE ? "file" : "name");
}

int main(int argc, char **argv)
{
    struct s5ad_keygen_options options = { .argument = NULL };
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return argc < 2 ? (print_help(), EXIT_USAGE) : print_help();
    if (strcmp(argv[1], "--version") == 0)
        return puts("socks5a-keygen " S5A_VERSION_TEXT) < 0;
    const struct command *command = find_command(argv[1]);
    if (!command)
        s5ad_keygen_complain("found \"%s\", expected a command that --help lists", argv[1]);
    if (!command || !read_arguments(&options, command, argv + 2))
        return EXIT_USAGE;
    if (sodium_init() < 0) {
        s5ad_keygen_complain("cannot start its libraries");
        return EXIT_FAILURE;
    }
    return command->run(&options) && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* A password from a terminal or a file. */
#include "server/keygen/prompt.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "server/keygen/output.h"
#include "server/private_file.h"

static bool set_line(struct s5a_secret *password, const char *line)
{
    struct s5a_span text = { (const uint8_t *)line, strcspn(line, "\r\n") };
    if (text.len == 0)
        return s5ad_keygen_complain("found no password");
    return s5a_secret_set(password, text) ||
           s5ad_keygen_complain("a password has at most 255 bytes");
}

static bool read_file(struct s5a_secret *password, const char *path)
{
    uint8_t storage[S5AD_PRIVATE_FILE_CAP + 1];
    struct s5ad_problem problem = { "" };
    struct s5a_span file;
    bool read = s5ad_private_read(path, storage, &file, &problem) ||
                s5ad_keygen_complain("%s", problem.text);
    if (read) {
        storage[file.len] = '\0';
        read = set_line(password, (const char *)storage);
    }
    s5a_wipe(storage, sizeof storage);
    return read;
}

/* Unseen where standard input is a terminal. */
static bool read_unseen(struct s5a_secret *password, const char *prompt)
{
    struct termios before;
    char line[S5A_SECRET_MAX + 3] = "";
    bool is_terminal = tcgetattr(STDIN_FILENO, &before) == 0;
    if (is_terminal) {
        struct termios silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
        fputs(prompt, stderr);
    }
    bool read = fgets(line, sizeof line, stdin) != NULL;
    if (is_terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    read = set_line(password, read ? line : "");
    s5a_wipe(line, sizeof line);
    return read;
}

static bool ask_twice(struct s5a_secret *password)
{
    struct s5a_secret again;
    if (!read_unseen(password, "Password: "))
        return false;
    if (!isatty(STDIN_FILENO))
        return true;
    bool same = read_unseen(&again, "Again: ") && again.len == password->len &&
                s5a_equal_ct(again.bytes, password->bytes, again.len);
    s5a_secret_wipe(&again);
    return same || s5ad_keygen_complain("the two are not the same");
}

bool s5ad_keygen_ask(struct s5a_secret *password, const char *path)
{
    setbuf(stdin, NULL); /* no copy stays behind */
    bool got = path ? read_file(password, path) : ask_twice(password);
    if (!got)
        s5a_secret_wipe(password);
    return got;
}

/* The terminal, raw enough that nothing shows and ^C leaves it as it was. */
#include "client/check/prompt.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "protocol/secret.h"

enum { INTERRUPT = 3, END_OF_FILE = 4, ERASE = 127, BACKSPACE = 8 };

static void say(int tty, const char *text)
{
    (void)!write(tty, text, strlen(text));
}

/* True for a whole line that fits and is not empty. */
static bool read_line(int tty, bool is_secret, char *answer, size_t cap)
{
    size_t len = 0;
    char byte;
    while (len < cap && read(tty, &byte, 1) == 1) {
        if (byte == INTERRUPT || byte == END_OF_FILE)
            return false;
        if (byte == '\n' || byte == '\r') {
            answer[len] = '\0';
            return len > 0;
        }
        if (byte == ERASE || byte == BACKSPACE) {
            len -= len > 0;
            continue;
        }
        answer[len++] = byte;
        if (!is_secret)
            (void)!write(tty, &byte, 1);
    }
    return false;
}

bool s5a_prompt(const char *question, bool is_secret, char *answer, size_t cap)
{
    struct termios before, raw;
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0 || tcgetattr(tty, &before) != 0) {
        if (tty >= 0)
            close(tty);
        return false;
    }
    raw = before;
    raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
    tcsetattr(tty, TCSAFLUSH, &raw);
    say(tty, question);
    bool whole = read_line(tty, is_secret, answer, cap);
    say(tty, "\n");
    tcsetattr(tty, TCSAFLUSH, &before);
    close(tty);
    if (!whole)
        s5a_wipe(answer, cap);
    return whole;
}

/* The `#!` line, read as the kernel reads it. */
#include "shim/programs/script.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* A NUL ends the name too: the kernel goes on with C strings. */
static bool ends_name(char c)
{
    return is_blank(c) || c == '\n' || c == '\0';
}

bool s5a_script_interpreter(const char *head, size_t len, char out[static S5A_SCRIPT_HEAD])
{
    size_t from = 2;
    if (len < 2 || head[0] != '#' || head[1] != '!')
        return false;
    while (from < len && is_blank(head[from]))
        from++;
    size_t to = from;
    while (to < len && !ends_name(head[to]))
        to++;
    if (to == from || to >= S5A_SCRIPT_HEAD) /* none, or cut off */
        return false;
    memcpy(out, head + from, to - from);
    out[to - from] = '\0';
    return true;
}

/* Texts of environment variables, looked into. */
#include "shim/variable.h"

#include <stdbool.h>
#include <string.h>

const char *s5a_variable_value(const char *text, const char *name)
{
    size_t len = strlen(name);
    return strncmp(text, name, len) == 0 && text[len] == '=' ? text + len + 1 : NULL;
}

static bool names_library(const char *at, size_t len)
{
    size_t base = strlen(S5A_LIBRARY);
    return len >= base && memcmp(at + len - base, S5A_LIBRARY, base) == 0 &&
           (len == base || at[len - base - 1] == '/');
}

const char *s5a_preload_find(const char *list, size_t *len)
{
    for (const char *at = list; *at != '\0';) {
        *len = strcspn(at, ": ");
        if (names_library(at, *len))
            return at;
        at += *len;
        at += strspn(at, ": ");
    }
    return NULL;
}

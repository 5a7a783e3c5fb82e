/* Names of an answer. */
#include "shim/names/names_answer.h"

#include <string.h>

void s5a_names_add_alias(struct s5a_names_answer *answer, const char *alias)
{
    size_t len = strlen(alias) + 1;
    for (size_t at = 0; at < answer->aliases_len; at += strlen(answer->aliases + at) + 1)
        if (strcmp(answer->aliases + at, alias) == 0)
            return;
    if (len > sizeof(answer->aliases) - answer->aliases_len ||
        strcmp(answer->canonical, alias) == 0)
        return;
    memcpy(answer->aliases + answer->aliases_len, alias, len);
    answer->aliases_len += len;
}

void s5a_names_add(struct s5a_names_answer *answer, const char *name)
{
    if (answer->canonical[0] == '\0' && strlen(name) <= S5A_NAME_MAX)
        strcpy(answer->canonical, name);
    s5a_names_add_alias(answer, name);
}

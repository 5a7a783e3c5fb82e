/* Unix sockets by name. */
#include "server/unix_list.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "server/value.h"

void s5ad_unix_list_wipe(struct s5ad_unix_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
    *list = (struct s5ad_unix_list){ 0 };
}

static bool is_name(const char *name)
{
    size_t max = sizeof((struct sockaddr_un *)NULL)->sun_path - 1;
    return (name[0] == '/' || name[0] == '@') && name[1] != '\0' && strlen(name) <= max;
}

bool s5ad_unix_list_add(struct s5ad_unix_list *list, const char *name, struct s5ad_problem *problem)
{
    if (!is_name(name))
        return s5ad_value_wrong(problem, name, "/path or @name of a socket");
    char **grown = realloc(list->names, (list->count + 1) * sizeof *grown);
    char *copy = strdup(name);
    if (grown)
        list->names = grown;
    if (!grown || !copy) {
        free(copy);
        return s5ad_problem_set(problem, "out of memory");
    }
    list->names[list->count++] = copy;
    return true;
}

bool s5ad_unix_list_has(const struct s5ad_unix_list *list, const struct s5a_address *address)
{
    bool abstract = address->type == S5A_ATYP_ABSTRACT;
    for (size_t i = 0; list && i < list->count; i++) {
        const char *name = list->names[i];
        struct s5a_span listed = { (const uint8_t *)name + abstract, strlen(name) - abstract };
        if ((name[0] == '@') == abstract && s5a_span_equal(listed, address->text))
            return true;
    }
    return false;
}

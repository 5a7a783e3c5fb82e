/* What can be the name of a host. */
#include "shim/names/host_name.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_host_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

bool s5a_is_host_name(const char *name)
{
    struct in_addr ignored;
    size_t label = 0;
    if (name[0] == '-' || inet_aton(name, &ignored) != 0)
        return false;
    for (; *name != '\0'; name++) {
        if (*name == '.' ? label == 0 : !is_host_char(*name) || label == 63)
            return false;
        label = *name == '.' ? 0 : label + 1;
    }
    return label > 0;
}

bool s5a_host_name_trim(const char *name, char out[static S5A_NAME_MAX + 1])
{
    size_t len = strnlen(name, S5A_NAME_MAX + 2);
    if (len > 0 && name[len - 1] == '.')
        len--;
    if (len == 0 || len > S5A_NAME_MAX)
        return false;
    memcpy(out, name, len);
    out[len] = '\0';
    return true;
}

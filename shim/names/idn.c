/* Internationalized names, by the functions that libc keeps for itself. */
#include "shim/names/idn.h"

#include <dlfcn.h>
#include <netdb.h>
#include <stddef.h>

typedef int convert_fn(const char *name, char **out);

static int convert(const char *function, const char *name, char **out)
{
    convert_fn *found = __extension__(convert_fn *) dlsym(RTLD_NEXT, function);
    *out = NULL;
    return found == NULL ? EAI_IDN_ENCODE : found(name, out);
}

int s5a_idn_to_dns(const char *name, char **out)
{
    return convert("__idna_to_dns_encoding", name, out);
}

int s5a_idn_from_dns(const char *name, char **out)
{
    return convert("__idna_from_dns_encoding", name, out);
}

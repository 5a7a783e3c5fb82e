/* A library with a RUNPATH of its own, which finds lib_hidden.so by it. */
#include <dlfcn.h>

__attribute__((visibility("default"))) void *lib_find(const char *name);
void *lib_find(const char *name)
{
    void *volatile found = dlopen(name, RTLD_NOW); /* no jump: dlopen must see who calls it */
    return found;
}

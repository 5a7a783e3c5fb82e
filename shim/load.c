/* Loading of libraries. */
#include "shim/load.h"

#include <dlfcn.h>

int s5a_dlopen_mode(int mode)
{
    return mode & ~RTLD_DEEPBIND;
}

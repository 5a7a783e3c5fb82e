/* Exports: dlopen, dlmopen.
 *
 * The dynamic linker takes a library's own search path (RUNPATH, $ORIGIN) from the caller's return
 * address, so dlopen must be reached by a jump, not a call. The Makefile compiles this file with
 * sibling calls whatever CFLAGS say; tests/preload/loaded_libraries sees to it. */
#include <dlfcn.h>
#include <errno.h>

#include "client/log.h"
#include "shim/exported.h"
#include "shim/load.h"
#include "shim/real.h"

S5A_EXPORTED void *dlopen(const char *file, int mode)
{
    return S5A_REAL(dlopen)(file, s5a_dlopen_mode(mode));
}

/* A new namespace gets a libc of its own, and no preload: the library is loaded into ours. */
S5A_EXPORTED void *dlmopen(Lmid_t namespace, const char *file, int mode)
{
    if (namespace == LM_ID_NEWLM)
        s5a_log(S5A_LOG_INFO, "dlmopen: loaded without a namespace of its own");
    return S5A_REAL(dlmopen)(LM_ID_BASE, file, s5a_dlopen_mode(mode));
}

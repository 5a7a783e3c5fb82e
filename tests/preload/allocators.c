/* A program that is preloaded with more than the shim: an allocator that asks for symbols, or for
 * memory, while nothing has started yet; a library that connects in its constructor. */
#include "tests/preload/lab.h"

#include <dlfcn.h>
#include <libgen.h>

static bool is_mapped(const char *name)
{
    char line[512];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "r");
    CHECK(maps != NULL);
    while (!found && fgets(line, sizeof line, maps) != NULL)
        found = strstr(line, name) != NULL;
    fclose(maps);
    return found;
}

/* Starts `inner` with the library before or behind the shim. */
static _Noreturn void start(const char *inner, const char *library, bool before, const char *name)
{
    char list[4096];
    const char *shim = getenv("LD_PRELOAD");
    snprintf(list, sizeof list, "%s:%s", before ? library : shim, before ? shim : library);
    CHECK(setenv("LD_PRELOAD", list, 1) == 0);
    execl(lab_self(), lab_self(), "--case", inner, name, (char *)NULL);
    lab_fail(__FILE__, __LINE__, "exec");
}

/* The library under the name lab_argument() has really been preloaded. */
static void inner(void)
{
    if (!is_mapped(lab_argument()))
        lab_skip("the library is not installed");
    free(malloc(100000));
    lab_check_echo(lab_connect("192.0.2.1", 80));
    exit(0); /* with all handlers */
}

static void jemalloc_before(void)
{
    start("inner", "libjemalloc.so.2", true, "jemalloc");
}

static void jemalloc_behind(void)
{
    start("inner", "libjemalloc.so.2", false, "jemalloc");
}

static void tcmalloc_before(void)
{
    start("inner", "libtcmalloc.so.4", true, "tcmalloc");
}

static void tcmalloc_behind(void)
{
    start("inner", "libtcmalloc.so.4", false, "tcmalloc");
}

static const char *beside(const char *name)
{
    static char path[1024], self[1024];
    snprintf(self, sizeof self, "%s", lab_self());
    snprintf(path, sizeof path, "%s/%s", dirname(self), name);
    return path;
}

static void inner_early(void)
{
    const int *early = dlsym(RTLD_DEFAULT, "lib_connected_early");
    CHECK(early != NULL && *early >= 0);
    lab_check_peer(*early, "192.0.2.1", 80);
    CHECK(lab_kernel_peer_port(*early) == ntohs(lab_proxy_address().sin_port));
    lab_check_echo(*early);
}

static void constructor_before(void)
{
    start("inner_early", beside("lib_connects.so"), true, NULL);
}

static void constructor_behind(void)
{
    start("inner_early", beside("lib_connects.so"), false, NULL);
}

LAB({ "inner", LAB_INNER, 0, inner, NULL }, { "inner_early", LAB_INNER, 0, inner_early, NULL },
    { "jemalloc_before", LAB_HONEST, 0, jemalloc_before, NULL },
    { "jemalloc_behind", LAB_HONEST, 0, jemalloc_behind, NULL },
    { "tcmalloc_before", LAB_HONEST, 0, tcmalloc_before, NULL },
    { "tcmalloc_behind", LAB_HONEST, 0, tcmalloc_behind, NULL },
    { "constructor_before", LAB_HONEST, 0, constructor_before, "192.0.2.1:80",
      "LIB_CONNECTS_EARLY=1" },
    { "constructor_behind", LAB_HONEST, 0, constructor_behind, "192.0.2.1:80",
      "LIB_CONNECTS_EARLY=1" })

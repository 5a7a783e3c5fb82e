/* A program that loads libraries: none connects past the shim, and each is found where it would be
 * found without it. */
#include "tests/preload/lab.h"

#include <dlfcn.h>
#include <libgen.h>

typedef int connect_fn(const char *ip, unsigned port);
typedef void *find_fn(const char *name);

/* The path of a library beside this program; static storage. */
static const char *beside(const char *name)
{
    static char path[1024], self[1024];
    snprintf(self, sizeof self, "%s", lab_self());
    snprintf(path, sizeof path, "%s/%s", dirname(self), name);
    return path;
}

static void check_proxied(void *library)
{
    connect_fn *connects = NULL;
    CHECK(library != NULL);
    *(void **)&connects = dlsym(library, "lib_connect");
    CHECK(connects != NULL);
    int fd = connects("192.0.2.1", 80);
    CHECK(fd >= 0);
    CHECK(lab_kernel_peer_port(fd) == ntohs(lab_proxy_address().sin_port));
    lab_check_echo(fd);
}

/* As PHP loads its extensions, and with them libcurl. */
static void deepbind(void)
{
    check_proxied(dlopen(beside("lib_connects.so"), RTLD_NOW | RTLD_DEEPBIND));
}

static void deepbind_lazily(void)
{
    check_proxied(dlopen(beside("lib_connects.so"), RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND));
}

static void new_namespace(void)
{
    check_proxied(dlmopen(LM_ID_NEWLM, beside("lib_connects.so"), RTLD_NOW));
}

static void base_namespace(void)
{
    check_proxied(dlmopen(LM_ID_BASE, beside("lib_connects.so"), RTLD_NOW | RTLD_DEEPBIND));
}

/* dlopen looks where its caller's RUNPATH says: this program's, */
static void finds_by_own_runpath(void)
{
    void *library = dlopen("lib_hidden.so", RTLD_NOW);
    if (library == NULL)
        fprintf(stderr, "# %s\n", dlerror());
    check_proxied(library);
}

/* and a library's. */
static void finds_by_librarys_runpath(void)
{
    find_fn *finds = NULL;
    void *finder = dlopen(beside("lib_finder.so"), RTLD_NOW);
    CHECK(finder != NULL);
    *(void **)&finds = dlsym(finder, "lib_find");
    CHECK(finds != NULL);
    check_proxied(finds("lib_deeper.so"));
}

/* Which is not the program's. */
static void runpaths_are_not_mixed(void)
{
    CHECK(dlopen("lib_deeper.so", RTLD_NOW) == NULL);
}

static void errors_are_the_linkers(void)
{
    CHECK(dlopen("/nonexistent/x.so", RTLD_NOW) == NULL);
    const char *error = dlerror();
    CHECK(error != NULL && strstr(error, "/nonexistent/x.so") != NULL);
    CHECK(dlerror() == NULL);
    CHECK(dlopen(NULL, RTLD_NOW) != NULL);
    CHECK(dlopen("libm.so.6", RTLD_NOW | RTLD_NOLOAD) == NULL ||
          dlopen("libm.so.6", RTLD_NOW) != NULL);
    void *libm = dlopen("libm.so.6", RTLD_LAZY | RTLD_LOCAL);
    CHECK(libm != NULL && dlsym(libm, "cos") != NULL && dlclose(libm) == 0);
}

/* dlsym gives the shim's functions, whoever asks. */
static void looked_up_by_name(void)
{
    struct sockaddr_in to = lab_v4("192.0.2.1", 80);
    int (*found)(int, const struct sockaddr *, socklen_t) = NULL;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    *(void **)&found = dlsym(RTLD_DEFAULT, "connect");
    CHECK(found != NULL && found(fd, (struct sockaddr *)&to, sizeof to) == 0);
    lab_check_peer(fd, "192.0.2.1", 80);
}

LAB({ "deepbind", LAB_HONEST, 0, deepbind, "192.0.2.1:80" },
    { "deepbind_lazily", LAB_HONEST, 0, deepbind_lazily, "192.0.2.1:80" },
    { "new_namespace", LAB_HONEST, 0, new_namespace, "192.0.2.1:80" },
    { "base_namespace", LAB_HONEST, 0, base_namespace, "192.0.2.1:80" },
    { "finds_by_own_runpath", LAB_HONEST, 0, finds_by_own_runpath, "192.0.2.1:80" },
    { "finds_by_librarys_runpath", LAB_HONEST, 0, finds_by_librarys_runpath, "192.0.2.1:80" },
    { "runpaths_are_not_mixed", LAB_HONEST, 0, runpaths_are_not_mixed, "" },
    { "errors_are_the_linkers", LAB_HONEST, 0, errors_are_the_linkers, "" },
    { "looked_up_by_name", LAB_HONEST, 0, looked_up_by_name, "192.0.2.1:80" })

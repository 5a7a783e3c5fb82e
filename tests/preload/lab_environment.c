/* The environment of a case: "NAME=value" lines, with their "@" and "%". */
#include "tests/preload/lab_environment.h"

#include <sys/stat.h>

#include "tests/preload/lab_tol.h"

static void set_number(const char *name, const char *head, unsigned long number)
{
    char value[64];
    snprintf(value, sizeof value, "%s%lu", head, number);
    setenv(name, value, 1);
}

/* One "NAME=value" with its "@" and "%". */
static void set_line(const char *line, size_t len, const char *directory, const char *library)
{
    char text[1024] = "";
    for (size_t i = 0, used = 0; i < len; i++, used = strlen(text)) {
        const char plain[2] = { line[i], '\0' };
        const char *part = line[i] == '@' ? directory : line[i] == '%' ? library : plain;
        snprintf(text + used, sizeof text - used, "%s", part);
    }
    char *equals = strchr(text, '=');
    if (equals == NULL)
        return;
    *equals = '\0';
    setenv(text, equals + 1, 1);
}

static void set_more(const char *more, const char *directory, const char *library)
{
    while (more != NULL && *more != '\0') {
        size_t len = strcspn(more, "\n");
        set_line(more, len, directory, library);
        more += len + (more[len] == '\n');
    }
}

/* What it takes to speak method 81 stands in a file. */
static void set_tol_proxy(const struct lab_server *server, const char *directory)
{
    char path[256];
    snprintf(path, sizeof path, "%s/tol.conf", directory);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    fprintf(file, "[proxy lab]\naddress = %s\nserver_key = %s\ntol = padding\n",
            lab_server_url(server), lab_tol_server_key());
    CHECK(fclose(file) == 0);
    CHECK(chmod(directory, 0711) == 0); /* cases give up being root */
    setenv("SOCKS5A_CONF", path, 1);
    setenv("LAB_RELAYED", "", 1);
}

static void set_proxy(const struct lab_server *server, const char *directory)
{
    if (lab_server_is_over_tol(server))
        set_tol_proxy(server, directory);
    else
        setenv("SOCKS5A_PROXY", lab_server_url(server), 1);
    set_number("LAB_PROXY_PORT", "", lab_server_port(server));
}

void lab_environment_set(const struct lab_case *one, const struct lab_server *server,
                         const char *directory)
{
    const char *library = getenv("S5A_LIBRARY");
    if (library == NULL)
        library = "build/libsocks5a-shim.so";
    setenv("SOCKS5A_CONF", "", 1);
    setenv("SOCKS5A_STATE_DIR", directory, 1);
    setenv("SOCKS5A_TIMEOUT", one->is_heavy ? "30" : "5", 0); /* on a busy machine, too */
    if (server != NULL)
        set_proxy(server, directory);
    setenv(server != NULL ? "LD_PRELOAD" : "LAB_NATIVE", library, 1);
    set_more(one->environment, directory, library);
}

/* The environment of a case: "NAME=value" lines, with their "@" and "%". */
#include "tests/preload/lab_environment.h"

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

static void set_proxy(const struct lab_server *server)
{
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
    setenv("SOCKS5A_TIMEOUT", "5", 0);
    if (server != NULL)
        set_proxy(server);
    setenv(server != NULL ? "LD_PRELOAD" : "LAB_NATIVE", library, 1);
    set_more(one->environment, directory, library);
}

/* A library that connects: what programs dlopen, or are preloaded with. It is also built as
 * sub/lib_hidden.so, which is found by a RUNPATH alone. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

__attribute__((visibility("default"))) int lib_connect(const char *ip, unsigned port);
int lib_connect(const char *ip, unsigned port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, ip, &to.sin_addr);
    return connect(fd, (struct sockaddr *)&to, sizeof to) == 0 ? fd : -1;
}

__attribute__((visibility("default"))) int lib_connected_early = -1;

/* Where it is preloaded behind the shim this runs before the shim's own constructors. */
__attribute__((constructor)) static void connect_early(void)
{
    if (getenv("LIB_CONNECTS_EARLY") != NULL)
        lib_connected_early = lib_connect("192.0.2.1", 80);
}

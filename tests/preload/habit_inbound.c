/* What programs whose listeners are at the proxy do again and again. */
#include "tests/preload/habit_inbound.h"

void inbound_use_bind(void)
{
    CHECK(setenv("SOCKS5A_INBOUND", "bind", 1) == 0);
}

int inbound_bound(const char *ip, int flags)
{
    struct sockaddr_in at = lab_v4(ip, 0);
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | flags, 0);
    CHECK(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
    CHECK(bind(fd, (struct sockaddr *)&at, sizeof at) == 0);
    return fd;
}

int inbound_listening(int flags)
{
    int fd = inbound_bound("0.0.0.0", flags);
    errno = 12345;
    CHECK(listen(fd, 4) == 0 && errno == 12345);
    return fd;
}

struct sockaddr_in inbound_name(int fd)
{
    struct sockaddr_in at = { 0 };
    socklen_t len = sizeof at;
    CHECK(getsockname(fd, (struct sockaddr *)&at, &len) == 0 && len == sizeof at);
    CHECK(at.sin_family == AF_INET && at.sin_port != 0);
    return at;
}

unsigned inbound_port(int fd)
{
    struct sockaddr_in at = inbound_name(fd);
    CHECK(at.sin_addr.s_addr == htonl(INADDR_LOOPBACK)); /* the proxy's, not 0.0.0.0 */
    return ntohs(at.sin_port);
}

/* Bytes both ways, and both ends know each other. */
void inbound_check_connected(int fd, int caller, unsigned port)
{
    struct sockaddr_in own = inbound_name(caller);
    char byte = 0;
    CHECK(ntohs(inbound_name(fd).sin_port) == port);
    lab_check_peer(fd, "127.0.0.1", ntohs(own.sin_port));
    CHECK(send(caller, "x", 1, 0) == 1 && recv(fd, &byte, 1, MSG_WAITALL) == 1 && byte == 'x');
    CHECK(send(fd, "y", 1, 0) == 1 && recv(caller, &byte, 1, MSG_WAITALL) == 1 && byte == 'y');
}

/* Gates. */
#include "shim/engine/gate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "shim/real.h"
#include "shim/sockets/descriptors.h"

/* The kernel's smallest send buffer, full after a page or two: in one send, since what a stream
 * does not take whole would block. */
static int fill(struct s5a_gate *gate)
{
    static const char filler[16384];
    int least = 1;
    (void)S5A_REAL(setsockopt)(gate->outer, SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
    for (;;) {
        ssize_t sent =
            S5A_REAL(send)(gate->outer, filler, sizeof filler, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN ? 0 : -errno;
        gate->filler += (size_t)sent;
        if ((size_t)sent < sizeof filler)
            return 0;
    }
}

int s5a_gate_make(struct s5a_gate *gate)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        return -errno;
    *gate = (struct s5a_gate){ .outer = ends[0], .inner = ends[1] };
    gate->cookie = s5a_socket_cookie(gate->outer);
    int failed = gate->cookie == 0 ? -ENOPROTOOPT : fill(gate);
    if (failed != 0) {
        S5A_REAL(close)(gate->outer);
        S5A_REAL(close)(gate->inner);
    }
    return failed;
}

void s5a_gate_open(int inner, size_t *filler)
{
    char bytes[4608];
    while (*filler > 0) {
        size_t want = *filler < sizeof bytes ? *filler : sizeof bytes;
        ssize_t got = recv(inner, bytes, want, MSG_DONTWAIT);
        if (got <= 0)
            return;
        *filler -= (size_t)got;
    }
}

/* ---- names: "socks5a/KIND/COOKIE/" and the bytes that are told, in hexadecimal; the cookie, since
 * abstract names are one to a network namespace ---- */

static void name(int inner, const char *kind, const void *bytes, size_t len)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    const uint8_t *from = bytes;
    int used = snprintf(to.sun_path + 1, sizeof to.sun_path - 1, "socks5a/%s/%llx/", kind,
                        (unsigned long long)s5a_socket_cookie(inner));
    for (size_t i = 0; i < len; i++)
        used += snprintf(to.sun_path + 1 + used, sizeof to.sun_path - 1 - (size_t)used, "%02x",
                         from[i]);
    (void)bind(inner, (struct sockaddr *)&to, (socklen_t)(sizeof to.sun_family + 1 + (size_t)used));
}

/* Where the told bytes begin in a name of that kind; NULL: it is another. */
static const char *find_told(const char *text, const char *kind)
{
    static const char head[] = "socks5a/";
    size_t len = strlen(kind);
    if (strncmp(text, head, sizeof head - 1) != 0 ||
        strncmp(text + sizeof head - 1, kind, len) != 0 || text[sizeof head - 1 + len] != '/')
        return NULL;
    const char *slash = strchr(text + sizeof head + len, '/');
    return slash == NULL ? NULL : slash + 1;
}

static bool told(int outer, const char *kind, void *bytes, size_t len)
{
    struct sockaddr_un from;
    socklen_t from_len = sizeof from - 1;
    uint8_t *to = bytes;
    memset(&from, 0, sizeof from);
    if (S5A_REAL(getpeername)(outer, (struct sockaddr *)&from, &from_len) != 0 ||
        from.sun_family != AF_UNIX || from.sun_path[0] != '\0')
        return false;
    const char *at = find_told(from.sun_path + 1, kind);
    if (at == NULL || strlen(at) < 2 * len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (sscanf(at + 2 * i, "%2hhx", &to[i]) != 1)
            return false;
    return true;
}

void s5a_gate_name_error(int inner, int error)
{
    name(inner, "failed", &error, sizeof error);
}

int s5a_gate_told_error(int outer)
{
    int error = 0;
    return told(outer, "failed", &error, sizeof error) ? error : 0;
}

void s5a_gate_name_peer(int inner, const union s5a_inet *peer)
{
    name(inner, "peer", peer, s5a_inet_len(peer));
}

bool s5a_gate_told_peer(int outer, union s5a_inet *peer)
{
    memset(peer, 0, sizeof *peer);
    return told(outer, "peer", peer, sizeof peer->v6) ||
           (told(outer, "peer", peer, sizeof peer->v4) && peer->family == AF_INET);
}

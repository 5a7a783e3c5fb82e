/* Unix sockets of the proxy's side. */
#include "shim/sockets/forward.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/routes/forward.h"
#include "client/word.h"
#include "shim/runtime.h"
#include "shim/sockets/answer.h"
#include "shim/sockets/attempt.h"
#include "shim/sockets/blocking.h"
#include "shim/sockets/sockets.h"

enum { HEAD = offsetof(struct sockaddr_un, sun_path), NOBODY = 65534, NAME_CAP = 4096 };

/* ---- which one ---- */

/* "./a" and "a" are below the working directory; further ".." and links are not followed. */
static size_t make_absolute(const char *path, char out[static NAME_CAP])
{
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    if (path[0] == '/' || getcwd(out, NAME_CAP) == NULL)
        out[0] = '\0';
    size_t len = strlen(out), more = strlen(path);
    if (len + 1 + more >= NAME_CAP)
        return 0;
    if (path[0] != '/' && strcmp(out, "/") != 0)
        out[len++] = '/';
    memcpy(out + len, path, more + 1);
    return len + more;
}

/* As the configuration has it; its length, 0 for an unnamed one. */
static size_t name_of(const struct sockaddr *address, socklen_t len, char out[static NAME_CAP])
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    char path[sizeof at.sun_path + 1] = "";
    if (len <= HEAD || len > sizeof at)
        return 0;
    memcpy(&at, address, len);
    memcpy(path, at.sun_path, len - HEAD);
    if (path[0] != '\0')
        return make_absolute(path, out);
    memcpy(out, path, len - HEAD);
    out[0] = '@';
    return len - HEAD;
}

static const struct s5a_forward *find(const struct s5a_config *config,
                                      const struct sockaddr *address, socklen_t len,
                                      uint16_t *index)
{
    char name[NAME_CAP];
    if (config == NULL || config->forwards == NULL)
        return NULL;
    size_t name_len = name_of(address, len, name);
    return s5a_forward_find(config->forwards, (struct s5a_span){ (const uint8_t *)name, name_len },
                            index);
}

/* ---- the connection ---- */

static int deny(const struct s5a_forward *f, const char *why)
{
    s5a_log(S5A_LOG_INFO, "%s, forwarded to %s: denied: %s", f->local, f->text, why);
    return -EACCES;
}

static int connect_to(int fd, const struct s5a_config *config, const struct s5a_forward *f,
                      uint16_t index)
{
    static const struct s5a_socket_kind kind = { AF_UNIX, SOCK_STREAM, 0 };
    struct s5a_attempt a;
    struct s5a_route route = s5a_config_route(config, &f->to, S5A_TCP);
    if (route.verdict != S5A_ROUTE_PROXY)
        return deny(f, route.verdict == S5A_ROUTE_DENY ? route.rule : "a rule makes it direct");
    s5a_attempt_init(&a, fd, &kind, config, route.proxy);
    memset(&a.named, 0, sizeof a.named);
    a.named.target = f->to;
    a.named.as_given.v4.sin_family = AF_UNIX;
    a.named.as_given.v4.sin_port = index;
    a.otherwise = f->otherwise.address.type != S5A_ATYP_NONE ? &f->otherwise : NULL;
    return s5a_connect_blocking(&a);
}

bool s5a_forward_connect(int fd, const struct sockaddr *address, socklen_t len, int *result)
{
    struct s5a_peer peer;
    uint16_t index;
    if (address == NULL || len < sizeof address->sa_family || address->sa_family != AF_UNIX ||
        s5a_socket_option(fd, SOL_SOCKET, SO_TYPE, -1) != SOCK_STREAM)
        return false;
    bool is_forwarded = s5a_peers_find(fd, &peer) && s5a_forward_is_peer(&peer);
    if (!is_forwarded && s5a_socket_option(fd, SOL_SOCKET, SO_DOMAIN, -1) != AF_UNIX)
        return false;
    const struct s5a_config *config = s5a_runtime_config_quietly();
    const struct s5a_forward *f = find(config, address, len, &index);
    if (f == NULL && !is_forwarded)
        return false;
    *result = is_forwarded ? -EISCONN : connect_to(fd, config, f, index);
    return true;
}

/* ---- what it seems to be ---- */

bool s5a_forward_is_peer(const struct s5a_peer *peer)
{
    return peer->address.family == AF_UNIX;
}

int s5a_forward_peername(const struct s5a_peer *peer, struct sockaddr *address, socklen_t *len)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    const struct s5a_config *config = s5a_runtime_config();
    const struct s5a_forward *f = NULL;
    if (config != NULL)
        f = s5a_forward_at(config->forwards, peer->address.v4.sin_port);
    if (f == NULL) /* handed on by another process, with another configuration */
        return s5a_answer(&at, HEAD, address, len, false);
    size_t name = strlen(f->local);
    memcpy(at.sun_path, f->local, name);
    bool is_abstract = f->local[0] == '@';
    at.sun_path[0] = is_abstract ? '\0' : at.sun_path[0];
    return s5a_answer(&at, (socklen_t)(HEAD + name + !is_abstract), address, len, false);
}

bool s5a_forward_getsockopt(int level, int name, void *value, socklen_t *len, int *result)
{
    struct ucred nobody = { .pid = 0, .uid = NOBODY, .gid = NOBODY };
    if (level == IPPROTO_TCP || level == IPPROTO_IP || level == IPPROTO_IPV6)
        *result = -EOPNOTSUPP;
    else if (level == SOL_SOCKET && name == SO_DOMAIN)
        *result = s5a_answer_integer(AF_UNIX, value, len);
    else if (level == SOL_SOCKET && name == SO_PROTOCOL)
        *result = s5a_answer_integer(0, value, len);
    else if (level == SOL_SOCKET && name == SO_PEERCRED)
        *result = s5a_answer(&nobody, sizeof nobody, value, len, true);
    else
        return false;
    return true;
}

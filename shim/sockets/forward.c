/* Unix sockets of the proxy's side. */
#include "shim/sockets/forward.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include "shim/lock.h"
#include "shim/programs/vfork.h"
#include "shim/real.h"
#include "shim/runtime.h"
#include "shim/sockets/answer.h"
#include "shim/sockets/attempt.h"
#include "shim/sockets/forward_name.h"
#include "shim/sockets/sockets.h"
#include "shim/sockets/stream.h"

enum { HEAD = offsetof(struct sockaddr_un, sun_path), NOBODY = 65534 };

/* ---- which one ---- */

static bool is_unix(const struct sockaddr *address, socklen_t len)
{
    return address != NULL && len >= sizeof address->sa_family && address->sa_family == AF_UNIX;
}

bool s5a_forward_any(void)
{
    const struct s5a_config *known = s5a_runtime_config_known();
    return known == NULL || known->forwards != NULL;
}

/* In a child of vfork nothing is written. */
static const struct s5a_config *get_config(void)
{
    return s5a_in_vfork_child() ? s5a_runtime_config_known() : s5a_runtime_config_quietly();
}

static const struct s5a_forward *find(const struct s5a_config *config,
                                      const struct sockaddr *address, socklen_t len,
                                      uint16_t *index)
{
    return config != NULL ? s5a_forward_of(config->forwards, address, len, index) : NULL;
}

static int deny(const struct s5a_forward *f, const char *why, int error)
{
    s5a_log(S5A_LOG_INFO, "%s, forwarded to %s: denied: %s", f->local, f->text, why);
    return -error;
}

/* As the kernel answers where another type of socket is there; so who can do with a stream tries one. */
static int wrong_type(const struct s5a_forward *f)
{
    return deny(f, "not a stream socket", EPROTOTYPE);
}

int s5a_forward_permits(int fd, const struct sockaddr *address, socklen_t len)
{
    uint16_t index;
    if (!is_unix(address, len) || !s5a_forward_any() || s5a_lock_is_mine() ||
        s5a_socket_option(fd, SOL_SOCKET, SO_DOMAIN, -1) != AF_UNIX ||
        s5a_socket_option(fd, SOL_SOCKET, SO_TYPE, SOCK_STREAM) == SOCK_STREAM)
        return 0;
    const struct s5a_forward *f = find(get_config(), address, len, &index);
    return f != NULL ? wrong_type(f) : 0;
}

/* ---- the connection ---- */

static int connect_to(int fd, const struct s5a_config *config, const struct s5a_forward *f,
                      uint16_t index)
{
    static const struct s5a_socket_kind kind = { AF_UNIX, SOCK_STREAM, 0 };
    struct s5a_attempt a;
    struct s5a_route route = s5a_config_route(config, &f->to, S5A_TCP);
    if (route.verdict != S5A_ROUTE_PROXY)
        return deny(f, route.verdict == S5A_ROUTE_DENY ? route.rule : "a rule makes it direct",
                    EACCES);
    s5a_attempt_init(&a, fd, &kind, config, route.proxy);
    memset(&a.named, 0, sizeof a.named);
    a.named.target = f->to;
    a.named.as_given.v4.sin_family = AF_UNIX;
    a.named.as_given.v4.sin_port = index;
    a.otherwise = f->otherwise.address.type != S5A_ATYP_NONE ? &f->otherwise : NULL;
    return config->forward_waits ? s5a_stream_wait(&a) : s5a_stream_begin(&a);
}

int s5a_forward_again(int fd, struct s5a_peer *peer, const struct sockaddr *address)
{
    if (address == NULL || address->sa_family != AF_UNIX)
        return -EINVAL;
    if (!peer->untold)
        return -EISCONN;
    peer->untold = false;
    (void)s5a_peers_put(fd, peer);
    return 0;
}

/* Is another connect() to begin anew? One that was under way and has failed tells that once. */
static bool is_new(int fd, struct s5a_peer *peer, const struct sockaddr *address, int *result)
{
    *result =
        peer->kind == S5A_PEER_STREAM ? s5a_forward_again(fd, peer, address) : -(int)peer->detail;
    if (peer->kind == S5A_PEER_FAILED)
        s5a_peers_drop(fd);
    return peer->kind == S5A_PEER_FAILED && *result == 0;
}

static bool connect_new(int fd, const struct sockaddr *address, socklen_t len, int *result)
{
    uint16_t index;
    if (!s5a_forward_any() || s5a_socket_option(fd, SOL_SOCKET, SO_DOMAIN, -1) != AF_UNIX)
        return false;
    const struct s5a_config *config = get_config();
    const struct s5a_forward *f = find(config, address, len, &index);
    if (f == NULL)
        return false;
    bool is_stream = s5a_socket_option(fd, SOL_SOCKET, SO_TYPE, -1) == SOCK_STREAM;
    *result = is_stream ? connect_to(fd, config, f, index) : wrong_type(f);
    return true;
}

bool s5a_forward_connect(int fd, const struct sockaddr *address, socklen_t len, int *result)
{
    struct s5a_peer peer;
    if (!is_unix(address, len) || s5a_lock_is_mine())
        return false;
    if (s5a_peers_find(fd, &peer)) {
        if (!s5a_forward_is_peer(&peer) || peer.kind == S5A_PEER_GATE)
            return false;
        if (!is_new(fd, &peer, address, result))
            return true;
    }
    return connect_new(fd, address, len, result);
}

/* Most are connected, which one call tells. */
bool s5a_forward_may_come(int fd)
{
    struct sockaddr_un at;
    socklen_t len = sizeof at;
    return s5a_forward_any() && S5A_REAL(getpeername)(fd, (struct sockaddr *)&at, &len) != 0 &&
           s5a_socket_option(fd, SOL_SOCKET, SO_DOMAIN, -1) == AF_UNIX &&
           s5a_socket_option(fd, SOL_SOCKET, SO_TYPE, -1) == SOCK_STREAM &&
           s5a_socket_option(fd, SOL_SOCKET, SO_ACCEPTCONN, 1) == 0;
}

/* ---- what it seems to be ---- */

bool s5a_forward_is_peer(const struct s5a_peer *peer)
{
    return peer->address.family == AF_UNIX;
}

static const struct s5a_forward *entry(const struct s5a_peer *peer)
{
    const struct s5a_config *config = s5a_runtime_config();
    return config != NULL ? s5a_forward_at(config->forwards, peer->address.v4.sin_port) : NULL;
}

void s5a_forward_log_loss(const struct s5a_peer *peer)
{
    const struct s5a_forward *f = entry(peer);
    s5a_log(S5A_LOG_INFO, "%s: descriptors that the program passes over it get lost",
            f != NULL ? f->local : "a forwarded Unix socket");
}

int s5a_forward_peername(const struct s5a_peer *peer, struct sockaddr *address, socklen_t *len)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    const struct s5a_forward *f = entry(peer);
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

/* listen() of a program whose listeners are at a proxy. */
#include "shim/inbound/listening.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>

#include "client/clock.h"
#include "client/log.h"
#include "shim/engine/engine.h"
#include "shim/engine/private.h"
#include "shim/engine/swap.h"
#include "shim/inbound/asking.h"
#include "shim/inbound/handing.h"
#include "shim/lock.h"
#include "shim/programs/vfork.h"
#include "shim/real.h"
#include "shim/runtime.h"
#include "shim/sockets/descriptors.h"
#include "shim/sockets/standin.h"

/* ---- closing ---- */

uint64_t s5a_bound_cookie(int fd)
{
    bool is_idle = s5a_binding_count() == 0 || s5a_lock_is_mine() || s5a_in_vfork_child();
    return is_idle ? 0 : s5a_socket_cookie(fd);
}

void s5a_bound_closed(uint64_t cookie)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    struct s5a_binding *x = s5a_binding_find(cookie);
    if (x != NULL) {
        x->look = 0;
        s5a_engine_call();
    }
    s5a_unlock(&locked);
}

/* ---- before it listens ---- */

static struct s5a_binding *find_prepared(uint64_t cookie)
{
    struct s5a_binding *x = s5a_binding_find(cookie);
    return x != NULL && x->state == S5A_BINDING_PREPARED && !x->is_busy ? x : NULL;
}

static bool recall(int fd, union s5a_inet *out)
{
    s5a_lock_shielded();
    const struct s5a_binding *x = find_prepared(s5a_socket_cookie(fd));
    if (x != NULL)
        *out = x->at;
    s5a_unlock_shielded();
    return x != NULL;
}

/* The engine sees to it that it goes where the program never listens. */
static bool keep(struct s5a_binding *x)
{
    x->state = S5A_BINDING_PREPARED;
    x->look = s5a_now() + S5A_BINDING_LOOK_MS;
    if (s5a_engine_reserve() != 0)
        return false;
    s5a_lock_shielded();
    bool is_kept = s5a_binding_enlist(x);
    if (is_kept)
        s5a_engine_call();
    s5a_unlock_shielded();
    s5a_engine_unreserve();
    return is_kept;
}

static bool prepare(int fd, const struct s5a_config *config, union s5a_inet *out)
{
    struct s5a_locked shield;
    int failed;
    s5a_shield(&shield);
    s5a_engine_expect_forks();
    bool is_told = recall(fd, out);
    struct s5a_binding *x = is_told ? NULL : s5a_binding_make(fd, config, &shield, &failed);
    if (x != NULL) {
        *out = x->at;
        is_told = keep(x);
        if (!is_told)
            s5a_binding_free(x);
    }
    s5a_unshield(&shield);
    return is_told;
}

static const struct s5a_config *config_that_binds(void)
{
    const struct s5a_config *config = s5a_runtime_config_quietly();
    return config != NULL && config->inbound_mode == S5A_INBOUND_BIND ? config : NULL;
}

/* Cheap where it is known that listeners are no proxy's. */
static bool may_be_bound(int fd, const union s5a_inet *real)
{
    const struct s5a_config *known = s5a_runtime_config_known();
    return (known == NULL || known->inbound_mode == S5A_INBOUND_BIND) &&
           (real->family == AF_INET || real->family == AF_INET6) && real->v4.sin_port != 0 &&
           !s5a_inet_is_loopback(real) && s5a_tcp_state(fd) == TCP_CLOSE && !s5a_lock_is_mine() &&
           !s5a_in_vfork_child();
}

bool s5a_bound_find_name(int fd, const union s5a_inet *real, union s5a_inet *out)
{
    if (!may_be_bound(fd, real))
        return false;
    const struct s5a_config *config = config_that_binds();
    return config != NULL && prepare(fd, config, out);
}

/* ---- from now on it listens ---- */

static const struct s5a_peer listener = { .kind = S5A_PEER_LISTENER };

/* A Unix socket in its place, which has its options and manners. -errno. */
static int open_listener(int fd, int backlog, struct s5a_binding *x, struct s5a_peer *peer)
{
    int reuse = s5a_socket_option(fd, SOL_SOCKET, SO_REUSEADDR, 0);
    int with = s5a_handing_listen(backlog, &x->name, &x->name_len);
    with = with < 0 ? with : s5a_private_move(with);
    if (with < 0)
        return with;
    *peer = listener;
    int failed = s5a_standin_dress(fd, with, peer);
    (void)S5A_REAL(setsockopt)(with, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    peer->facade = (uint8_t)x->domain;
    peer->address = x->at;
    if (failed != 0)
        s5a_private_close(with);
    return failed != 0 ? failed : with;
}

/* The number may lead to something else by now, which is left alone; then `x` is the caller's still. */
static int exchange(int fd, int with, struct s5a_binding *x, const struct s5a_peer *peer)
{
    x->is_busy = true;
    if (s5a_binding_at(x->number) != x && !s5a_binding_enlist(x))
        return -ENOBUFS;
    if (x->cookie == 0 || !s5a_peers_put_locked(with, peer) ||
        s5a_swap_out(fd, x->cookie, with, true) == 0)
        return -EBADF;
    x->cookie = s5a_socket_cookie(with);
    x->is_busy = false;
    x->state = S5A_BINDING_WAITING;
    x->look = 0;
    s5a_engine_call();
    return 0;
}

/* Who waits for callers. */
static int reserve_engine(void)
{
    int failed = s5a_engine_reserve();
    if (failed != 0)
        s5a_log(S5A_LOG_WARNING, "listening denied: it needs a thread in this process: %s",
                strerrordesc_np(-failed));
    return failed == -EAGAIN ? -ENOBUFS : failed;
}

/* 0: `x` is the engine's. */
static int put_in_place(int fd, int backlog, struct s5a_binding *x)
{
    struct s5a_peer peer;
    int with = open_listener(fd, backlog, x, &peer);
    if (with < 0)
        return with;
    int failed = reserve_engine();
    if (failed == 0) {
        s5a_lock_shielded();
        failed = exchange(fd, with, x, &peer);
        s5a_unlock_shielded();
        s5a_engine_unreserve();
    }
    s5a_private_close(with);
    return failed;
}

/* One that was prepared is the calling thread's from now on. */
static struct s5a_binding *take_prepared(int fd)
{
    s5a_lock_shielded();
    struct s5a_binding *x = find_prepared(s5a_socket_cookie(fd));
    if (x != NULL)
        x->is_busy = true;
    s5a_unlock_shielded();
    return x;
}

static void drop(struct s5a_binding *x)
{
    s5a_lock_shielded();
    if (s5a_binding_at(x->number) == x)
        s5a_binding_end(x);
    else
        s5a_binding_free(x);
    s5a_unlock_shielded();
}

/* Without it the proxy is not asked. Not kept while handlers may run, which may fork. */
static int check_engine(void)
{
    int failed = reserve_engine();
    if (failed == 0)
        s5a_engine_unreserve();
    return failed;
}

static int listen_there(int fd, int backlog, const struct s5a_config *config,
                        struct s5a_locked *shield)
{
    int failed = check_engine();
    if (failed != 0)
        return failed;
    struct s5a_binding *x = take_prepared(fd);
    if (x == NULL)
        x = s5a_binding_make(fd, config, shield, &failed);
    if (x == NULL)
        return failed;
    failed = put_in_place(fd, backlog, x);
    if (failed != 0)
        drop(x);
    return failed;
}

int s5a_bound_listen(int fd, int backlog, const struct s5a_config *config)
{
    struct s5a_locked shield;
    s5a_shield(&shield);
    s5a_engine_expect_forks();
    int failed = listen_there(fd, backlog, config, &shield);
    s5a_unshield(&shield);
    return failed;
}

/* Listeners at a proxy that an exec has cut off. */
#include "shim/inbound/inherited.h"

#include <errno.h>
#include <unistd.h>

#include "client/log.h"
#include "shim/inbound/binding.h"
#include "shim/lock.h"
#include "shim/real.h"
#include "shim/sockets/descriptors.h"
#include "shim/sockets/peers.h"

/* The number of a process stays over its exec; who has forked before keeps its listeners. */
static bool was_made_here(int fd)
{
    struct ucred maker;
    socklen_t len = sizeof maker;
    return S5A_REAL(getsockopt)(fd, SOL_SOCKET, SO_PEERCRED, &maker, &len) == 0 &&
           maker.pid == getpid();
}

static bool is_served_here(int fd)
{
    struct s5a_locked locked;
    s5a_lock(&locked);
    bool is_served = s5a_binding_find(s5a_socket_cookie(fd)) != NULL;
    s5a_unlock(&locked);
    return is_served;
}

static bool end_cut_off(int fd, void *context)
{
    struct s5a_peer peer;
    (void)context;
    if (!s5a_peers_find(fd, &peer) || peer.kind != S5A_PEER_LISTENER || !was_made_here(fd) ||
        is_served_here(fd))
        return true;
    (void)S5A_REAL(shutdown)(fd, SHUT_RDWR);
    s5a_log(S5A_LOG_WARNING,
            "a listener at a proxy has ended: the program that had asked for it has "
            "executed another one");
    return true;
}

void s5a_inherited_end(void)
{
    int saved = errno;
    s5a_descriptors_each(end_cut_off, NULL);
    errno = saved;
}

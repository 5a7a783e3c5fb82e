/* Pairs that another process looks after. */
#include "shim/sockets/foreign.h"

#include <arpa/inet.h>
#include <errno.h>

#include "shim/engine/told.h"

bool s5a_foreign_find(int fd, struct s5a_peer *out)
{
    int saved = errno;
    struct s5a_told told;
    if (!s5a_told_find(fd, &told) || told.error != 0)
        return false;
    *out = (struct s5a_peer){ .kind = S5A_PEER_STREAM,
                              .address = told.peer,
                              .facade = (uint8_t)told.peer.family,
                              .port = ntohs(told.local.v4.sin_port) };
    bool is_kept = s5a_peers_put(fd, out);
    errno = saved;
    return is_kept;
}

bool s5a_peers_find_any(int fd, struct s5a_peer *out)
{
    return s5a_peers_find(fd, out) || s5a_foreign_find(fd, out);
}

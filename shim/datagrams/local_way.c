/* What a relay of the engine's own moves datagrams over: its beginning and its end. */
#include "shim/datagrams/local_relay.h"

#include <errno.h>
#include <string.h>

#include "shim/datagrams/loopback.h"
#include "shim/engine/private.h"
#include "shim/real.h"

void s5a_local_way_init(struct s5a_local_way *way)
{
    memset(way, 0, sizeof *way);
    way->local = way->outer = -1;
    for (size_t i = 0; i < S5A_HOPS_MAX; i++)
        way->controls[i] = -1;
}

void s5a_local_way_close(struct s5a_local_way *way)
{
    s5a_private_close(way->local);
    s5a_private_close(way->outer);
    for (size_t i = 0; i < S5A_HOPS_MAX; i++)
        s5a_private_close(way->controls[i]);
    s5a_wire_free(way->wire);
    s5a_local_way_init(way);
}

/* In the family that the program's socket is reached by. */
int s5a_local_way_open(struct s5a_local_way *way, int fd, sa_family_t domain)
{
    union s5a_inet program;
    int failed = s5a_loopback_reach(fd, domain, &program);
    if (failed != 0)
        return failed;
    s5a_inet_loopback(&way->at, program.family);
    way->local = s5a_loopback_open(&way->at);
    return way->local < 0 ? way->local : 0;
}

int s5a_local_way_reach(struct s5a_local_way *way, const union s5a_inet *relay)
{
    int fd = S5A_REAL(socket)(relay->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (S5A_REAL(connect)(fd, &relay->plain, s5a_inet_len(relay)) != 0) {
        int error = errno;
        S5A_REAL(close)(fd);
        return -error;
    }
    way->outer = s5a_private_move(fd);
    return way->outer < 0 ? way->outer : 0;
}

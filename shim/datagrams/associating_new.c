/* An association in the making: its beginning. */
#include "shim/datagrams/associating.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "shim/engine/private.h"

void s5a_associating_drop(struct s5a_associating *x)
{
    s5a_attempt_drop(&x->attempt);
    s5a_private_close(x->own);
    s5a_local_way_close(&x->way);
    s5a_private_close(x->socket);
    munmap(x, sizeof *x);
}

static int refuse(const struct s5a_proxy *proxy)
{
    s5a_log(S5A_LOG_INFO, "proxy %s: its method takes no datagrams in stream (udp transport)",
            proxy->name);
    return -EACCES;
}

static int init(struct s5a_associating *x, int fd, const struct s5a_datagram_route *route)
{
    x->association = route->association;
    x->watched.fd = x->own = x->attempt.standin = -1;
    s5a_local_way_init(&x->way);
    s5a_datagram_path_choose(&x->path, route->config, route->proxy);
    x->attempt.config = route->config;
    s5a_named_copy(&x->attempt.named, &route->named);
    x->socket = s5a_private_copy(fd);
    if (x->socket < 0)
        return x->socket;
    return x->path.count == 0 ? refuse(route->proxy) : s5a_associating_begin_leg(x);
}

/* Private numbers may have to lift a limit, which takes the lock. */
struct s5a_associating *s5a_associating_new(int fd, const struct s5a_datagram_route *route,
                                            int *failed)
{
    struct s5a_associating *x =
        mmap(NULL, sizeof *x, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *failed = -ENOBUFS;
    if (x == MAP_FAILED)
        return NULL;
    *failed = init(x, fd, route);
    if (*failed == 0)
        return x;
    s5a_associating_drop(x);
    return NULL;
}

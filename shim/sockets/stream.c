/* Streams: a TCP socket of the program is connected through a proxy. */
#include "shim/sockets/stream.h"

#include <errno.h>
#include <string.h>

#include "client/log.h"
#include "shim/engine/engine.h"
#include "shim/engine/pending.h"
#include "shim/lock.h"
#include "shim/real.h"
#include "shim/sockets/attempt.h"
#include "shim/sockets/blocking.h"

/* As the kernel answers a stream socket that is given an address of the other family; told before
 * the program is told EINPROGRESS. */
static int mismatch(int fd, const struct s5a_socket_kind *kind)
{
    int domain = s5a_socket_option(fd, SOL_SOCKET, SO_DOMAIN, kind->domain);
    if (domain == kind->domain)
        return 0;
    return domain == AF_INET6 ? -EINVAL : -EAFNOSUPPORT;
}

/* Where records are the way and there can be no engine, who would make them? */
static int check_engine(const struct s5a_proxy *proxy)
{
    struct s5a_locked locked;
    if (!s5a_proxy_has_records(proxy))
        return 0;
    s5a_shield(&locked);
    int failed = s5a_engine_reserve();
    if (failed == 0)
        s5a_engine_unreserve();
    s5a_unshield(&locked);
    if (failed == 0)
        return 0;
    s5a_log(S5A_LOG_WARNING,
            "proxy %s: denied: tol needs a thread in this process, which cannot be had: %s",
            proxy->name, strerrordesc_np(-failed));
    return failed == -EAGAIN ? -ENOBUFS : failed;
}

int s5a_stream_wait(struct s5a_attempt *a)
{
    int failed = check_engine(a->proxy);
    return failed != 0 ? failed : s5a_connect_blocking(a);
}

int s5a_stream_begin(struct s5a_attempt *a)
{
    int flags = S5A_REAL(fcntl)(a->own, F_GETFL);
    if (flags < 0 || (flags & O_NONBLOCK) == 0)
        return s5a_stream_wait(a);
    int failed = check_engine(a->proxy);
    if (failed == 0)
        failed = mismatch(a->own, &a->kind);
    if (failed == 0)
        failed = s5a_pending_begin(a->own, a);
    if (failed == -EAGAIN) /* the process can have no thread: as a blocking one */
        return s5a_connect_blocking(a);
    return failed == 0 ? -EINPROGRESS : failed;
}

int s5a_stream_connect(int fd, const struct s5a_socket_kind *kind, const struct s5a_config *config,
                       const struct s5a_proxy *proxy, const struct s5a_named_target *named)
{
    struct s5a_attempt a;
    s5a_attempt_init(&a, fd, kind, config, proxy);
    s5a_named_copy(&a.named, named);
    return s5a_stream_begin(&a);
}

/* TCP connects to port 53. */
#include "shim/names/stub_connect.h"

#include <errno.h>
#include <netinet/tcp.h>

#include "client/log.h"
#include "shim/engine/engine.h"
#include "shim/engine/private.h"
#include "shim/lock.h"
#include "shim/names/crew.h"
#include "shim/names/stub_stream.h"
#include "shim/programs/vfork.h"
#include "shim/real.h"
#include "shim/sockets/attempt.h"
#include "shim/sockets/joined.h"

enum { STREAMS_MAX = 128 }; /* a thread each */

static struct s5a_crew crew;

static void *work(void *given)
{
    s5a_stub_stream_serve(given);
    s5a_stub_stream_free(given);
    s5a_crew_leave(&crew);
    return NULL;
}

/* Answers go out as they are there. */
static void be_prompt(int fd)
{
    int on = 1;
    (void)S5A_REAL(setsockopt)(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static bool serve(int end, const struct s5a_named_target *server)
{
    struct s5a_stub_stream *stream = s5a_stub_stream_new(end, s5a_names_of_process(), server);
    be_prompt(end);
    if (stream == NULL)
        s5a_private_close(end);
    else if (s5a_crew_start(&crew, STREAMS_MAX, work, stream) == 0)
        return true;
    s5a_stub_stream_free(stream);
    return false;
}

static bool know(int fd, const struct s5a_named_target *server)
{
    struct s5a_peer peer = { .kind = S5A_PEER_STREAM, .address = server->as_given };
    return s5a_peers_put(fd, &peer);
}

static bool is_mapped(const union s5a_inet *address)
{
    return address->family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr);
}

static int connect_shielded(int fd, const struct s5a_socket_kind *kind,
                            const struct s5a_named_target *server)
{
    int result;
    s5a_engine_expect_forks(); /* whose child closes what is private */
    int end =
        s5a_joined_connect(fd, (sa_family_t)kind->domain, is_mapped(&server->as_given), &result);
    if (end < 0)
        return S5A_STUB_UNSERVED;
    bool is_known = know(fd, server);
    if (!is_known)
        s5a_private_close(end);
    else if (serve(end, server))
        return result;
    s5a_dissolve(fd);
    s5a_peers_drop(fd);
    return S5A_STUB_UNSERVED;
}

static void report(const struct s5a_named_target *server)
{
    char text[S5A_ADDRESS_TEXT_CAP];
    s5a_target_format(&server->target, text, sizeof text);
    s5a_log(S5A_LOG_DEBUG, "name server %s: answered here, over TCP", text);
}

int s5a_stub_connect(int fd, const struct s5a_socket_kind *kind,
                     const struct s5a_named_target *server)
{
    struct s5a_locked shield;
    if (s5a_tcp_state(fd) != TCP_CLOSE || s5a_lock_is_mine() || s5a_in_vfork_child())
        return S5A_STUB_UNSERVED;
    s5a_shield(&shield);
    int result = connect_shielded(fd, kind, server);
    s5a_unshield(&shield);
    if (result != S5A_STUB_UNSERVED)
        report(server);
    return result;
}

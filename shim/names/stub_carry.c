/* Streams of the server itself. */
#include "shim/names/stub_carry.h"

#include "shim/engine/apart.h"
#include "shim/engine/engine.h"
#include "shim/engine/private.h"
#include "shim/names/stub_forward.h"
#include "shim/sockets/pump.h"
#include "shim/sockets/target.h"

bool s5a_stub_leads(const struct s5a_config *config, const struct s5a_target *server)
{
    struct s5a_target copy = *server;
    return s5a_stub_proxy(config, &copy) != NULL;
}

/* ---- records are the engine's to make ---- */

static int relay(struct s5a_line *line)
{
    const struct s5a_apart what = {
        .config = line->config, .proxy = line->proxy, .domain = AF_INET, .peer.family = AF_INET
    };
    int failed = s5a_engine_reserve();
    if (failed != 0)
        return failed;
    int session = line->fd;
    line->fd = -1;
    int outer = s5a_apart_relay(&what, session, s5a_chain_take_wire(&line->chain));
    s5a_engine_unreserve();
    return outer;
}

/* ---- the stream ---- */

/* The stream of an open line as a descriptor, private, without the line. */
static int take_stream(struct s5a_line *line)
{
    int fd = line->fd;
    if (s5a_chain_has_wire(&line->chain))
        fd = relay(line);
    else
        line->fd = -1;
    s5a_chain_wipe(&line->chain);
    s5a_line_close(line);
    return fd;
}

static int open_stream(const struct s5a_config *config, const struct s5a_proxy *proxy,
                       const struct s5a_target *server)
{
    struct s5a_line line;
    struct s5a_ask ask = s5a_ask_connect(server);
    int failed = s5a_line_open(&line, config, proxy, &ask, s5a_now() + config->connect_timeout);
    if (failed == 0)
        return take_stream(&line);
    s5a_stub_say_failed(server, &line, failed);
    s5a_line_close(&line);
    return failed;
}

void s5a_stub_carry(const struct s5a_config *config, const struct s5a_target *server, int fd,
                    struct s5a_span first)
{
    char text[S5A_ADDRESS_TEXT_CAP];
    struct s5a_target there = *server;
    const struct s5a_proxy *proxy = s5a_stub_proxy(config, &there);
    int stream = proxy != NULL ? open_stream(config, proxy, &there) : -1;
    if (stream < 0)
        return;
    s5a_target_format(&there, text, sizeof text);
    s5a_log(S5A_LOG_DEBUG, "name server %s: no look-up, so it is asked itself, through %s", text,
            proxy->where);
    s5a_private_leave(stream);
    s5a_pump(fd, stream, first);
    s5a_private_close(stream);
}

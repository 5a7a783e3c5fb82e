/* Connections of the shim's own to proxies. */
#include "shim/sockets/line.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shim/engine/engine.h"
#include "shim/engine/private.h"
#include "shim/sockets/io_real.h"
#include "shim/sockets/standin.h"
#include "shim/sockets/upstream.h"

void s5a_line_close(struct s5a_line *line)
{
    if (line->fd < 0)
        return;
    s5a_chain_wipe(&line->chain);
    s5a_private_close(line->fd);
    line->fd = -1;
}

static int dial_one(struct s5a_line *line, const struct s5a_sockaddr *to, uint64_t deadline)
{
    int fd = s5a_standin_open(to);
    if (fd < 0)
        return fd;
    int failed = s5a_dial_connect(s5a_io_real(), fd, to, deadline);
    if (failed == 0)
        line->fd = fd;
    else
        s5a_private_close(fd);
    return failed;
}

static int dial(struct s5a_line *line, uint64_t deadline)
{
    struct s5a_resolved where;
    int failed = s5a_upstream_find(s5a_chain_first(line->proxy), &where);
    unsigned count = failed == 0 ? where.count : 0;
    for (unsigned i = 0; i < count; i++) {
        failed = dial_one(line, &where.list[i], deadline);
        if (failed == 0)
            return 0;
        if (failed == -ETIMEDOUT)
            break;
    }
    snprintf(line->report.reason, sizeof line->report.reason, "connection to the proxy: %s",
             strerrordesc_np(-failed));
    return failed;
}

static int talk(struct s5a_line *line)
{
    int result = s5a_chain_drive(&line->chain);
    if (result != 0 && !s5a_chain_rests(&line->chain)) {
        s5a_private_close(line->fd);
        line->fd = -1;
    }
    return result;
}

int s5a_line_open(struct s5a_line *line, const struct s5a_config *config,
                  const struct s5a_proxy *proxy, const struct s5a_ask *ask, uint64_t deadline)
{
    struct s5a_chain_goal goal = {
        s5a_io_real(), config->state_dir, proxy, NULL, &line->report, ask
    };
    int result = -EAGAIN;
    line->config = config;
    line->proxy = proxy;
    line->fd = -1;
    line->report = (struct s5a_chain_report){ .proxy = proxy, .rep = -1 };
    s5a_engine_expect_forks(); /* whose child closes what is private */
    for (bool trial = true; result == -EAGAIN; trial = false) {
        int failed = dial(line, deadline);
        if (failed != 0)
            return failed;
        s5a_chain_begin(&line->chain, &goal, line->fd, deadline, trial);
        result = talk(line);
    }
    return result;
}

int s5a_line_ask(struct s5a_line *line, const struct s5a_ask *ask, uint64_t deadline)
{
    int failed = s5a_chain_ask(&line->chain, ask, deadline);
    return failed != 0 ? failed : talk(line);
}

bool s5a_line_rests(const struct s5a_line *line)
{
    return line->fd >= 0 && s5a_chain_rests(&line->chain);
}

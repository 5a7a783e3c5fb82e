/* The stream of an open line. */
#include "shim/sockets/line.h"

#include <errno.h>
#include <string.h>

#include "client/clock.h"
#include "client/session/dial_wait.h"
#include "shim/sockets/io_real.h"

static bool wait_for(const struct s5a_line *line, short events, uint64_t deadline)
{
    return s5a_dial_wait(s5a_io_real(), line->fd, events, deadline) > 0;
}

/* How many went out, 0: none yet; -1: it has ended. */
static ssize_t send_some(const struct s5a_line *line, struct s5a_span bytes, uint64_t deadline)
{
    ssize_t sent = s5a_io_real()->send(line->fd, bytes.at, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0)
        return sent;
    if (errno != EAGAIN && errno != EINTR)
        return -1;
    return wait_for(line, POLLOUT, deadline) ? 0 : -1;
}

static ssize_t receive_some(const struct s5a_line *line, uint8_t *out, size_t cap,
                            uint64_t deadline)
{
    ssize_t got = s5a_io_real()->recv(line->fd, out, cap, MSG_DONTWAIT);
    if (got > 0)
        return got;
    if (got == 0 || (errno != EAGAIN && errno != EINTR))
        return -1;
    return wait_for(line, POLLIN, deadline) ? 0 : -1;
}

/* ---- records ---- */

static bool send_records(struct s5a_line *line, struct s5a_span bytes, uint64_t deadline)
{
    struct s5a_wire *wire = line->chain.wire;
    size_t put = s5a_wires_put(wire, bytes);
    struct s5a_span out;
    while ((out = s5a_wires_output(wire)).len > 0) {
        ssize_t sent = send_some(line, out, deadline);
        if (sent < 0)
            return false;
        s5a_wires_sent(wire, (size_t)sent);
        put += s5a_wires_put(wire, (struct s5a_span){ bytes.at + put, bytes.len - put });
    }
    return put == bytes.len;
}

/* Dummies may come without end, and are no reason to wait for longer. */
static bool receive_record(struct s5a_line *line, uint64_t deadline)
{
    struct s5a_wire *wire = line->chain.wire;
    uint8_t bytes[1024];
    if (s5a_now() >= deadline)
        return false;
    size_t want = s5a_wires_want(wire);
    ssize_t got = receive_some(line, bytes, want < sizeof bytes ? want : sizeof bytes, deadline);
    struct s5a_span come = { bytes, got > 0 ? (size_t)got : 0 };
    return got == 0 || (got > 0 && s5a_wires_feed(wire, come) == S5A_OK);
}

static bool receive_payload(struct s5a_line *line, uint8_t *out, size_t len, uint64_t deadline)
{
    struct s5a_wire *wire = line->chain.wire;
    struct s5a_span come;
    for (size_t have = 0; have < len;) {
        if (s5a_wires_come(wire, &come) != S5A_OK)
            return false;
        if (come.len == 0 && !receive_record(line, deadline))
            return false;
        size_t part = come.len < len - have ? come.len : len - have;
        if (part > 0)
            memcpy(out + have, come.at, part);
        s5a_wires_took(wire, part);
        have += part;
    }
    return true;
}

/* ---- either ---- */

bool s5a_line_send(struct s5a_line *line, struct s5a_span bytes, uint64_t deadline)
{
    if (line->chain.wire != NULL)
        return send_records(line, bytes, deadline);
    while (bytes.len > 0) {
        ssize_t sent = send_some(line, bytes, deadline);
        if (sent < 0)
            return false;
        bytes = (struct s5a_span){ bytes.at + sent, bytes.len - (size_t)sent };
    }
    return true;
}

bool s5a_line_receive(struct s5a_line *line, uint8_t *out, size_t len, uint64_t deadline)
{
    if (line->chain.wire != NULL)
        return receive_payload(line, out, len, deadline);
    for (size_t have = 0; have < len;) {
        ssize_t got = receive_some(line, out + have, len - have, deadline);
        if (got < 0)
            return false;
        have += (size_t)got;
    }
    return true;
}

/* The client's messages in the stream of its connection: `LEN u16 | message` both ways. */
#include "server/udp/association_steps.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
    MESSAGE_MAX = 2 + 65535,
    IN_CAP = MESSAGE_MAX + 16384, /* always room for a whole message */
    OUT_CAP = 2 * MESSAGE_MAX,
};

bool s5ad_association_stream_open(struct s5ad_association *a)
{
    uint8_t *in = malloc(IN_CAP), *out = malloc(OUT_CAP);
    s5a_buffer_init(&a->in, in, in ? IN_CAP : 0);
    s5a_buffer_init(&a->out, out, out ? OUT_CAP : 0);
    return in && out;
}

void s5ad_association_stream_close(struct s5ad_association *a)
{
    free(a->in.storage);
    free(a->out.storage);
    a->in.storage = a->out.storage = NULL;
}

/* ---- to the client ---- */

static size_t room(const struct s5ad_association *a)
{
    return a->out.cap - s5a_buffer_peek(&a->out).len;
}

bool s5ad_association_stream_has_room(struct s5ad_association *a)
{
    return room(a) >= MESSAGE_MAX;
}

void s5ad_association_stream_put(struct s5ad_association *a, struct s5a_span message)
{
    uint8_t len[2];
    struct s5a_writer w;
    s5a_writer_init(&w, len, sizeof len);
    if (message.len > UINT16_MAX || room(a) < sizeof len + message.len) {
        a->counts.dropped++;
        return;
    }
    s5a_write_u16(&w, (uint16_t)message.len);
    s5a_buffer_append(&a->out, (struct s5a_span){ len, sizeof len });
    s5a_buffer_append(&a->out, message);
}

/* Targets are read from as long as there is room for what they say. */
static int watch_all(struct s5ad_association *a)
{
    struct s5ad_loop *loop = a->scene->loop;
    uint32_t unsent = s5a_buffer_peek(&a->out).len > 0 ? EPOLLOUT : 0u;
    uint32_t exits = s5ad_association_stream_has_room(a) ? EPOLLIN : 0u;
    int error = s5ad_watch_set(loop, &a->control, EPOLLIN | unsent);
    for (int i = 0; i < 2 && error == 0; i++)
        if (a->exits[i].fd >= 0)
            error = s5ad_watch_set(loop, &a->exits[i], exits);
    return error;
}

bool s5ad_association_stream_flush(struct s5ad_association *a)
{
    struct s5a_span unsent = s5a_buffer_peek(&a->out);
    ssize_t n = 0;
    if (unsent.len > 0)
        n = send(a->control.fd, unsent.at, unsent.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        s5ad_association_finish(a, S5AD_ASSOCIATION_RESET);
        return false;
    }
    if (n > 0)
        s5a_buffer_consume(&a->out, (size_t)n);
    if (watch_all(a) == 0)
        return true;
    s5ad_association_finish(a, S5AD_ASSOCIATION_FAILED);
    return false;
}

/* ---- from the client ---- */

bool s5ad_association_stream_take(struct s5ad_association *a)
{
    struct s5a_span have = s5a_buffer_peek(&a->in), message;
    struct s5a_reader r;
    enum s5a_status status;
    s5a_reader_init(&r, have.at, have.len);
    while ((status = s5a_udp_stream_decode(&r, &message)) == S5A_OK)
        (void)s5ad_association_up(a, message);
    s5ad_batch_flush(a->scene->batch); /* before its bytes go */
    s5a_buffer_consume(&a->in, have.len - s5a_reader_left(&r));
    if (status != S5A_MALFORMED)
        return true;
    s5ad_association_finish(a, S5AD_ASSOCIATION_MALFORMED);
    return false;
}

/* True where something came. */
static bool receive(struct s5ad_association *a)
{
    size_t space_len;
    uint8_t *space = s5a_buffer_space(&a->in, &space_len);
    ssize_t n = recv(a->control.fd, space, space_len, MSG_DONTWAIT);
    if (n > 0)
        s5a_buffer_commit(&a->in, (size_t)n);
    else if (n == 0)
        s5ad_association_finish(a, S5AD_ASSOCIATION_CLOSED);
    else if (errno != EAGAIN && errno != EINTR)
        s5ad_association_finish(a, S5AD_ASSOCIATION_RESET);
    return n > 0;
}

void s5ad_association_on_stream(struct s5ad_watch *watch, uint32_t events)
{
    struct s5ad_association *a = S5AD_OWNER(watch, struct s5ad_association, control);
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        if (receive(a) && !s5ad_association_stream_take(a))
            return;
        if (a->over)
            return;
    }
    (void)s5ad_association_stream_flush(a);
}

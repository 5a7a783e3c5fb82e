/* An association: its sockets, its client, its end. */
#include "server/udp/association_steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/bind.h"

enum {
    ROUNDS = 4,        /* an association's share of one wake-up */
    ROOM = 512 * 1024, /* bytes that may wait at a socket, where net.core.rmem_max allows them */
};

/* ---- end ---- */

void s5ad_association_finish(struct s5ad_association *a, enum s5ad_association_end how)
{
    if (a->over)
        return;
    a->over = true;
    a->ended(a->owner, how);
}

const char *s5ad_association_end_text(enum s5ad_association_end how)
{
    static const char *const texts[] = {
        [S5AD_ASSOCIATION_CLOSED] = "in order",
        [S5AD_ASSOCIATION_RESET] = "connection reset",
        [S5AD_ASSOCIATION_IDLE] = "idle",
        [S5AD_ASSOCIATION_MALFORMED] = "malformed stream",
        [S5AD_ASSOCIATION_FAILED] = "out of memory",
    };
    return texts[how];
}

/* The timer is not moved for each datagram: it looks how long it has been, when it fires. */
void s5ad_association_stir(struct s5ad_association *a)
{
    a->active = a->scene->loop->now;
}

static void on_time(struct s5ad_timer *timer)
{
    struct s5ad_association *a = S5AD_OWNER(timer, struct s5ad_association, timer);
    struct s5ad_loop *loop = a->scene->loop;
    if (loop->now >= a->active + a->idle)
        s5ad_association_finish(a, S5AD_ASSOCIATION_IDLE);
    else
        s5ad_timer_set(&loop->timers, timer, a->active + a->idle);
}

/* ---- the client's datagrams ---- */

static bool is_client(const struct s5ad_association *a, const struct s5ad_sockaddr *from)
{
    size_t a_len, b_len;
    const uint8_t *ours = s5ad_sockaddr_ip(&a->client, &a_len);
    const uint8_t *theirs = s5ad_sockaddr_ip(from, &b_len);
    uint16_t port = s5ad_sockaddr_port(&a->client);
    return a_len == b_len && memcmp(ours, theirs, a_len) == 0 &&
           (port == 0 || port == s5ad_sockaddr_port(from));
}

/* From then on the kernel keeps others out; those who came before are still in the queue. */
static void bind_to_client(struct s5ad_association *a, const struct s5ad_sockaddr *client)
{
    a->client = *client;
    a->is_bound_to_client = true;
    (void)!connect(a->front.fd, &client->any, s5ad_sockaddr_len(client));
}

static void take(struct s5ad_association *a, const struct s5ad_batch_slot *slot)
{
    if (slot->len > S5AD_BATCH_DATA || !is_client(a, &slot->from)) {
        a->counts.dropped++;
        return;
    }
    struct s5a_span message = { slot->data, slot->len };
    if (s5ad_association_up(a, message) && !a->is_bound_to_client)
        bind_to_client(a, &slot->from);
}

static void on_front(struct s5ad_watch *watch, uint32_t events)
{
    (void)events;
    struct s5ad_association *a = S5AD_OWNER(watch, struct s5ad_association, front);
    struct s5ad_batch *batch = a->scene->batch;
    unsigned count = S5AD_BATCH_MAX;
    for (int round = 0; round < ROUNDS && count == S5AD_BATCH_MAX; round++) {
        count = s5ad_batch_receive(batch, watch->fd);
        for (unsigned i = 0; i < count; i++)
            take(a, &batch->slots[i]);
        s5ad_batch_flush(batch);
    }
}

/* Nothing is said on the connection any more; it only lasts. */
static void on_control(struct s5ad_watch *watch, uint32_t events)
{
    (void)events;
    struct s5ad_association *a = S5AD_OWNER(watch, struct s5ad_association, control);
    ssize_t n = recv(watch->fd, a->scene->loop->scratch, S5AD_SCRATCH_LEN, MSG_DONTWAIT);
    if (n == 0) {
        on_front(&a->front, EPOLLIN); /* programs send one datagram and end */
        s5ad_association_finish(a, S5AD_ASSOCIATION_CLOSED);
    } else if (n < 0 && errno != EAGAIN && errno != EINTR)
        s5ad_association_finish(a, S5AD_ASSOCIATION_RESET);
}

/* ---- beginning ---- */

int s5ad_association_socket(int family)
{
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), room = ROOM;
    if (fd >= 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    return fd;
}

static int open_front(struct s5ad_association *a, const struct s5ad_association_setup *setup)
{
    int family = setup->local.any.sa_family;
    a->front.fd = s5ad_association_socket(family);
    if (a->front.fd < 0)
        return -errno;
    int error = s5ad_bind_port(a->front.fd, &setup->local, setup->port_low, setup->port_high);
    if (error == 0 && s5ad_sockaddr_port(&setup->client) != 0)
        bind_to_client(a, &setup->client);
    return error;
}

static int open_parts(struct s5ad_association *a, const struct s5ad_association_setup *setup)
{
    a->targets = s5ad_udp_targets_new();
    a->waiting = s5ad_udp_names_new(a->scene->loop, a->scene->names, s5ad_association_choose,
                                    s5ad_association_waited, a);
    if (!a->targets || !a->waiting)
        return -ENOMEM;
    if (a->in_stream)
        return s5ad_association_stream_open(a) ? 0 : -ENOMEM;
    return open_front(a, setup);
}

struct s5ad_association *s5ad_association_new(const struct s5ad_association_scene *scene,
                                              struct s5ad_association_setup *setup, int *error)
{
    struct s5ad_association *a = calloc(1, sizeof *a);
    *error = -ENOMEM;
    if (!a)
        return NULL;
    *a = (struct s5ad_association){
        .scene = scene,
        .in_stream = setup->options.transport != 0,
        .control = { .fd = -1, .ready = on_control },
        .front = { .fd = -1, .ready = on_front },
        .exits = { { .fd = -1, .ready = s5ad_association_on_v4 },
                   { .fd = -1, .ready = s5ad_association_on_v6 } },
        .client = setup->client,
        .timer = { .fire = on_time },
        .idle = setup->options.idle * UINT64_C(1000),
        .largest = setup->options.max_datagram,
    };
    if (a->in_stream)
        a->control.ready = s5ad_association_on_stream;
    *error = open_parts(a, setup);
    if (*error < 0) {
        s5ad_association_free(a);
        return NULL;
    }
    a->own = *setup->own;
    *setup->own = (struct s5ad_acl){ 0 };
    return a;
}

struct s5ad_sockaddr s5ad_association_bound(const struct s5ad_association *a)
{
    if (!a->in_stream)
        return s5ad_sockaddr_local(a->front.fd);
    return (struct s5ad_sockaddr){ .any = { .sa_family = AF_UNSPEC } };
}

void s5ad_association_start(struct s5ad_association *a, struct s5ad_watch *control,
                            struct s5a_span early, s5ad_association_ended_fn *ended,
                            s5ad_association_denied_fn *denied, void *owner)
{
    struct s5ad_loop *loop = a->scene->loop;
    a->ended = ended;
    a->denied = denied;
    a->owner = owner;
    s5ad_association_stir(a);
    s5ad_watch_take(&a->control, control);
    s5ad_loop_after(loop, &a->timer, a->idle);
    int error = s5ad_watch_set(loop, &a->control, EPOLLIN);
    if (error == 0 && !a->in_stream)
        error = s5ad_watch_set(loop, &a->front, EPOLLIN);
    if (error < 0) {
        s5ad_association_finish(a, S5AD_ASSOCIATION_FAILED);
        return;
    }
    if (a->in_stream && s5a_buffer_append(&a->in, early) > 0)
        (void)s5ad_association_stream_take(a);
}

void s5ad_association_free(struct s5ad_association *a)
{
    if (!a)
        return;
    struct s5ad_loop *loop = a->scene->loop;
    a->over = true;
    s5ad_timer_clear(&loop->timers, &a->timer);
    s5ad_watch_close(loop, &a->control);
    s5ad_watch_close(loop, &a->front);
    s5ad_watch_close(loop, &a->exits[0]);
    s5ad_watch_close(loop, &a->exits[1]);
    s5ad_association_stream_close(a);
    s5ad_udp_names_free(a->waiting);
    s5ad_udp_targets_free(a->targets);
    s5ad_acl_wipe(&a->own);
    s5ad_loop_free(loop, &a->garbage);
}

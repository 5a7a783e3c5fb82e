/* c-ares on the server's loop. */
#include "server/names_channel.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { TRY_MS = 2500, TRIES = 2 };

/* One of the sockets that c-ares has open. */
struct s5ad_names_socket {
    struct s5ad_garbage garbage; /* first: the loop frees it */
    struct s5ad_watch watch;
    struct s5ad_names *names;
    struct s5ad_names_socket *next;
};

void s5ad_names_set_timer(struct s5ad_names *names)
{
    struct timeval storage, *left = ares_timeout(names->channel, NULL, &storage);
    if (!left)
        s5ad_timer_clear(&names->loop->timers, &names->timer);
    else
        s5ad_loop_after(names->loop, &names->timer,
                        (uint64_t)left->tv_sec * 1000 + (uint64_t)left->tv_usec / 1000 + 1);
}

static void on_retransmit(struct s5ad_timer *timer)
{
    struct s5ad_names *names = S5AD_OWNER(timer, struct s5ad_names, timer);
    ares_process_fd(names->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    s5ad_names_set_timer(names);
}

static void on_socket(struct s5ad_watch *watch, uint32_t events)
{
    struct s5ad_names_socket *socket = S5AD_OWNER(watch, struct s5ad_names_socket, watch);
    struct s5ad_names *names = socket->names;
    bool readable = events & (EPOLLIN | EPOLLERR | EPOLLHUP);
    bool writable = events & EPOLLOUT;
    ares_process_fd(names->channel, readable ? watch->fd : ARES_SOCKET_BAD,
                    writable ? watch->fd : ARES_SOCKET_BAD);
    s5ad_names_set_timer(names);
}

static struct s5ad_names_socket **find_socket(struct s5ad_names *names, int fd)
{
    struct s5ad_names_socket **at = &names->sockets;
    while (*at && (*at)->watch.fd != fd)
        at = &(*at)->next;
    return at;
}

static void drop_socket(struct s5ad_names *names, struct s5ad_names_socket **at)
{
    struct s5ad_names_socket *socket = *at;
    *at = socket->next;
    s5ad_watch_clear(names->loop, &socket->watch);
    s5ad_loop_free(names->loop, &socket->garbage);
}

/* Out of memory: the socket stays unwatched, and the look-up ends by its time limit. */
static void on_socket_state(void *data, ares_socket_t fd, int readable, int writable)
{
    struct s5ad_names *names = data;
    struct s5ad_names_socket **at = find_socket(names, fd);
    if (!readable && !writable) {
        if (*at)
            drop_socket(names, at);
        return;
    }
    if (!*at) {
        *at = calloc(1, sizeof **at);
        if (!*at)
            return;
        (*at)->watch = (struct s5ad_watch){ .fd = fd, .ready = on_socket };
        (*at)->names = names;
    }
    uint32_t events = (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u);
    if (s5ad_watch_set(names->loop, &(*at)->watch, events) < 0)
        drop_socket(names, at);
}

struct s5ad_names *s5ad_names_new(struct s5ad_loop *loop, const char *nameservers,
                                  const char *hosts, unsigned outstanding_max, const char **why)
{
    struct s5ad_names *names = calloc(1, sizeof *names);
    *why = "out of memory";
    if (!names)
        return NULL;
    names->loop = loop;
    names->timer.fire = on_retransmit;
    names->outstanding_max = outstanding_max;
    names->hosts = hosts ? hosts : "/etc/hosts";
    names->hint_flags = ARES_AI_NOSORT | (hosts ? ARES_AI_ENVHOSTS : 0);
    struct ares_options options = {
        .timeout = TRY_MS,
        .tries = TRIES,
        .sock_state_cb = on_socket_state,
        .sock_state_cb_data = names,
    };
    int status = ares_init_options(&names->channel, &options,
                                   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
    if (status != ARES_SUCCESS) {
        *why = ares_strerror(status);
        free(names);
        return NULL;
    }
    if (nameservers)
        status = ares_set_servers_ports_csv(names->channel, nameservers);
    if (status != ARES_SUCCESS) {
        *why = ares_strerror(status);
        s5ad_names_free(names);
        return NULL;
    }
    return names;
}

void s5ad_names_free(struct s5ad_names *names)
{
    if (!names)
        return;
    ares_destroy(names->channel);
    s5ad_timer_clear(&names->loop->timers, &names->timer);
    free(names);
}

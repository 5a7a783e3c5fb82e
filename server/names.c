/* c-ares on the server's loop. */
#include "server/names.h"

#include <ares.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { TRY_MS = 2500, TRIES = 2 };

/* One of the sockets that c-ares has open. */
struct socket {
    struct s5ad_garbage garbage; /* first: the loop frees it */
    struct s5ad_watch watch;
    struct s5ad_names *names;
    struct socket *next;
};

struct s5ad_names {
    struct s5ad_loop *loop;
    ares_channel channel;
    struct s5ad_timer timer; /* retransmissions */
    struct socket *sockets;
    unsigned outstanding, outstanding_max;
    int hint_flags;
};

struct s5ad_lookup {
    struct s5ad_names *names;
    struct s5ad_timer deliver;
    s5ad_found_fn *found; /* NULL: cancelled */
    void *owner;
    uint16_t port;
    struct s5ad_found answer;
};

static void set_timer(struct s5ad_names *names)
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
    set_timer(names);
}

static void on_socket(struct s5ad_watch *watch, uint32_t events)
{
    struct socket *socket = S5AD_OWNER(watch, struct socket, watch);
    struct s5ad_names *names = socket->names;
    bool readable = events & (EPOLLIN | EPOLLERR | EPOLLHUP);
    bool writable = events & EPOLLOUT;
    ares_process_fd(names->channel, readable ? watch->fd : ARES_SOCKET_BAD,
                    writable ? watch->fd : ARES_SOCKET_BAD);
    set_timer(names);
}

static struct socket **find_socket(struct s5ad_names *names, int fd)
{
    struct socket **at = &names->sockets;
    while (*at && (*at)->watch.fd != fd)
        at = &(*at)->next;
    return at;
}

static void drop_socket(struct s5ad_names *names, struct socket **at)
{
    struct socket *socket = *at;
    *at = socket->next;
    s5ad_watch_clear(names->loop, &socket->watch);
    s5ad_loop_free(names->loop, &socket->garbage);
}

/* Out of memory: the socket stays unwatched, and the look-up ends by its time limit. */
static void on_socket_state(void *data, ares_socket_t fd, int readable, int writable)
{
    struct s5ad_names *names = data;
    struct socket **at = find_socket(names, fd);
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

struct s5ad_names *s5ad_names_new(struct s5ad_loop *loop, const char *nameservers, bool hosts_file,
                                  unsigned outstanding_max, const char **why)
{
    struct s5ad_names *names = calloc(1, sizeof *names);
    *why = "out of memory";
    if (!names)
        return NULL;
    names->loop = loop;
    names->timer.fire = on_retransmit;
    names->outstanding_max = outstanding_max;
    names->hint_flags = ARES_AI_NOSORT | (hosts_file ? ARES_AI_ENVHOSTS : 0);
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

static uint8_t rep_of(int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return S5A_REP_SUCCEEDED;
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_EBADNAME:
        return S5A_REP_HOST_UNREACHABLE;
    case ARES_ETIMEOUT:
        return S5A_REP_TTL_EXPIRED;
    default:
        return S5A_REP_FAILURE;
    }
}

static void collect(struct s5ad_lookup *lookup, const struct ares_addrinfo *info, int family)
{
    struct s5ad_found *answer = &lookup->answer;
    for (struct ares_addrinfo_node *node = info->nodes; node; node = node->ai_next) {
        if (node->ai_family != family || answer->count == S5AD_FOUND_MAX)
            continue;
        struct s5ad_sockaddr at = s5ad_sockaddr_from(node->ai_addr);
        struct s5a_address address = s5ad_sockaddr_address(&at);
        answer->at[answer->count++] = s5ad_sockaddr_of(&address, lookup->port);
    }
}

static void on_answer(void *data, int status, int timeouts, struct ares_addrinfo *info)
{
    (void)timeouts;
    struct s5ad_lookup *lookup = data;
    lookup->names->outstanding--;
    if (lookup->found && status == ARES_SUCCESS) {
        collect(lookup, info, AF_INET);
        collect(lookup, info, AF_INET6);
        status = lookup->answer.count ? ARES_SUCCESS : ARES_ENODATA;
    }
    if (info)
        ares_freeaddrinfo(info);
    if (!lookup->found) {
        free(lookup);
        return;
    }
    lookup->answer.rep = rep_of(status);
    lookup->answer.why = ares_strerror(status);
    /* Hosts and literals are answered inside ares_getaddrinfo; the caller is not ready for it. */
    s5ad_loop_after(lookup->names->loop, &lookup->deliver, 0);
}

static void on_deliver(struct s5ad_timer *timer)
{
    struct s5ad_lookup *lookup = S5AD_OWNER(timer, struct s5ad_lookup, deliver);
    lookup->found(lookup->owner, &lookup->answer);
    free(lookup);
}

struct s5ad_lookup *s5ad_names_find(struct s5ad_names *names, struct s5a_span name, uint16_t port,
                                    s5ad_found_fn *found, void *owner)
{
    char text[S5A_NAME_MAX + 1];
    if (names->outstanding >= names->outstanding_max || name.len >= sizeof text)
        return NULL;
    struct s5ad_lookup *lookup = calloc(1, sizeof *lookup);
    if (!lookup)
        return NULL;
    lookup->names = names;
    lookup->deliver.fire = on_deliver;
    lookup->found = found;
    lookup->owner = owner;
    lookup->port = port;
    memcpy(text, name.at, name.len);
    text[name.len] = '\0';
    struct ares_addrinfo_hints hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = names->hint_flags,
    };
    names->outstanding++;
    ares_getaddrinfo(names->channel, text, NULL, &hints, on_answer, lookup);
    set_timer(names);
    return lookup;
}

void s5ad_lookup_cancel(struct s5ad_lookup *lookup)
{
    if (!lookup)
        return;
    lookup->found = NULL;
    if (!lookup->deliver.set)
        return; /* c-ares still holds it; on_answer frees it */
    s5ad_timer_clear(&lookup->names->loop->timers, &lookup->deliver);
    free(lookup);
}

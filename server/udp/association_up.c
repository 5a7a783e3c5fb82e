/* From the client to its targets. */
#include "server/udp/association_steps.h"

#include <sys/epoll.h>
#include <sys/socket.h>

enum { DENIED_TOLD_MAX = 16 };

/* ---- which targets may be written to ---- */

static const char *objection(const struct s5ad_association *a, const struct s5ad_sockaddr *to)
{
    if (s5ad_sockaddr_port(to) == 0)
        return "port 0";
    const char *why = s5ad_acl_objection(a->scene->acl, to);
    return why ? why : s5ad_acl_denial(&a->own, to);
}

static void judge(struct s5ad_association *a, struct s5ad_udp_target *target,
                  const struct s5ad_sockaddr *to)
{
    target->objection = objection(a, to);
    target->judged = a->scene->loop->now;
    if (!target->objection || a->denied_told == DENIED_TOLD_MAX)
        return;
    a->denied_told++;
    if (a->denied)
        a->denied(a->owner, to, target->objection);
}

static bool may_write(struct s5ad_association *a, const struct s5ad_sockaddr *to)
{
    struct s5ad_udp_target *target = s5ad_udp_targets_find(a->targets, to);
    bool is_new = !target;
    if (is_new)
        target = s5ad_udp_targets_add(a->targets, to);
    if (!target)
        return false;
    if (is_new || a->scene->loop->now >= target->judged + S5AD_UDP_TARGET_FRESH_MS)
        judge(a, target, to);
    target->used = true;
    return !target->objection;
}

/* ---- the sockets that targets see ---- */

static struct s5ad_watch *exit_for(struct s5ad_association *a, int family)
{
    int on = 1;
    struct s5ad_watch *watch = &a->exits[family == AF_INET6];
    if (watch->fd >= 0)
        return watch;
    watch->fd = s5ad_association_socket(family);
    if (watch->fd < 0)
        return NULL;
    if (family == AF_INET6)
        setsockopt(watch->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (s5ad_watch_set(a->scene->loop, watch, EPOLLIN) == 0)
        return watch;
    s5ad_watch_close(a->scene->loop, watch);
    return NULL;
}

static bool send_to(struct s5ad_association *a, const struct s5ad_sockaddr *to,
                    struct s5a_span data)
{
    struct s5ad_watch *exit = may_write(a, to) ? exit_for(a, to->any.sa_family) : NULL;
    if (!exit)
        return false;
    s5ad_batch_send(a->scene->batch, exit->fd, data, to);
    a->counts.up++;
    a->counts.up_bytes += data.len;
    s5ad_association_stir(a);
    return true;
}

/* ---- names ---- */

struct s5ad_sockaddr s5ad_association_choose(void *owner, const struct s5ad_found *found)
{
    struct s5ad_association *a = owner;
    static const struct s5ad_sockaddr none = { .any = { .sa_family = AF_UNSPEC } };
    for (unsigned i = 0; i < found->count; i++)
        if (!s5ad_acl_objection(a->scene->acl, &found->at[i]) &&
            !s5ad_acl_denial(&a->own, &found->at[i]))
            return found->at[i];
    return found->count > 0 ? found->at[0] : none; /* which is refused, and told */
}

void s5ad_association_waited(void *owner, const struct s5ad_sockaddr *to, struct s5a_span data)
{
    struct s5ad_association *a = owner;
    if (!send_to(a, to, data))
        a->counts.dropped++;
    s5ad_batch_flush(a->scene->batch); /* the datagram is freed */
}

/* ---- messages ---- */

static bool forward(struct s5ad_association *a, const struct s5a_udp *udp)
{
    struct s5a_address address = udp->address;
    struct s5ad_sockaddr to;
    s5a_address_resolve_literal(&address);
    if (address.type != S5A_ATYP_NAME)
        to = s5ad_sockaddr_of(&address, udp->port);
    else if (!s5ad_udp_names_find(a->waiting, address.text, udp->port, udp->data, &to))
        return true; /* it waits, or was dropped there */
    return send_to(a, &to, udp->data);
}

bool s5ad_association_up(struct s5ad_association *a, struct s5a_span message)
{
    struct s5a_udp udp;
    bool good = s5a_udp_decode(message, &udp) == S5A_OK && udp.frag == 0 &&
                udp.data.len <= a->largest && udp.port != 0;
    if (!good || !forward(a, &udp))
        a->counts.dropped++;
    return good;
}

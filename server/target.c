/* Reaching a target: one attempt after the other, and of all failures the one that says most. */
#include "server/target_steps.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

uint8_t s5ad_rep_of_errno(int error)
{
    switch (error) {
    case 0:
        return S5A_REP_SUCCEEDED;
    case ECONNREFUSED:
        return S5A_REP_CONN_REFUSED;
    case ENETUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL: /* no source address of that family */
        return S5A_REP_NET_UNREACHABLE;
    case EHOSTUNREACH:
    case EHOSTDOWN:
        return S5A_REP_HOST_UNREACHABLE;
    case ETIMEDOUT:
        return S5A_REP_TTL_EXPIRED;
    case EACCES:
    case EPERM: /* this machine's packet filter */
        return S5A_REP_NOT_ALLOWED;
    case EAFNOSUPPORT:
        return S5A_REP_ADDR_UNSUPPORTED;
    default:
        return S5A_REP_FAILURE;
    }
}

/* How much a failure says about the target: a refusal is an answer, no route is hardly one. */
static int weight(uint8_t rep)
{
    static const uint8_t rising[] = { S5A_REP_FAILURE,          S5A_REP_ADDR_UNSUPPORTED,
                                      S5A_REP_NET_UNREACHABLE,  S5A_REP_NOT_ALLOWED,
                                      S5A_REP_HOST_UNREACHABLE, S5A_REP_TTL_EXPIRED,
                                      S5A_REP_CONN_REFUSED };
    const uint8_t *at = memchr(rising, rep, sizeof rising);
    return at ? (int)(at - rising) : -1;
}

static void note_failure(struct s5ad_target *target, uint8_t rep, const char *why)
{
    if (target->why && weight(rep) <= weight(target->rep))
        return;
    target->rep = rep;
    target->why = why;
}

static void finish(struct s5ad_target *target)
{
    s5ad_timer_clear(&target->loop->timers, &target->timer);
    target->reached(target);
}

static void connected(struct s5ad_target *target)
{
    s5ad_watch_clear(target->loop,
                     &target->watch); /* it is writable: that would be told for ever */
    target->rep = S5A_REP_SUCCEEDED;
    target->peer = target->found.at[target->next - 1];
    finish(target);
}

/* 0 when under way or done, or -errno. */
static int start_connect(struct s5ad_target *target, const struct s5ad_sockaddr *to)
{
    target->watch.fd =
        socket(to->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (target->watch.fd < 0)
        return -errno;
    if (connect(target->watch.fd, &to->any, s5ad_sockaddr_len(to)) < 0 && errno != EINPROGRESS)
        return -errno;
    return s5ad_watch_set(target->loop, &target->watch, EPOLLOUT);
}

static bool attempt(struct s5ad_target *target)
{
    const struct s5ad_sockaddr *to = &target->found.at[target->next++];
    const char *objection = s5ad_acl_objection(target->acl, to);
    if (!objection)
        objection = s5ad_acl_denial(&target->own, to);
    if (objection) {
        note_failure(target, S5A_REP_NOT_ALLOWED, objection);
        return false;
    }
    int error = start_connect(target, to);
    if (error == 0)
        return true;
    s5ad_watch_close(target->loop, &target->watch);
    note_failure(target, s5ad_rep_of_errno(-error), strerror(-error));
    return false;
}

/* The time left is shared out evenly among the addresses left. */
static void attempt_next(struct s5ad_target *target)
{
    while (target->next < target->found.count && target->loop->now < target->deadline) {
        unsigned left = target->found.count - target->next;
        if (!attempt(target))
            continue;
        uint64_t share = (target->deadline - target->loop->now) / left;
        s5ad_loop_after(target->loop, &target->timer, share);
        return;
    }
    if (!target->why)
        note_failure(target, S5A_REP_TTL_EXPIRED, "timed out");
    finish(target);
}

static void on_connect(struct s5ad_watch *watch, uint32_t events)
{
    (void)events;
    struct s5ad_target *target = S5AD_OWNER(watch, struct s5ad_target, watch);
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(watch->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        error = errno;
    if (error == 0) {
        connected(target);
        return;
    }
    s5ad_watch_close(target->loop, watch);
    note_failure(target, s5ad_rep_of_errno(error), strerror(error));
    attempt_next(target);
}

static void on_time(struct s5ad_timer *timer)
{
    struct s5ad_target *target = S5AD_OWNER(timer, struct s5ad_target, timer);
    if (target->is_queued)
        s5ad_target_try_unix(target);
    if (target->is_queued) {
        s5ad_loop_after(target->loop, timer, s5ad_target_pause(target));
        return;
    }
    if (target->is_settled) {
        finish(target);
        return;
    }
    if (target->lookup || target->watch.fd >= 0) {
        note_failure(target, S5A_REP_TTL_EXPIRED,
                     target->lookup ? "name look-up timed out" : "timed out");
        s5ad_lookup_cancel(target->lookup);
        target->lookup = NULL;
        s5ad_watch_close(target->loop, &target->watch);
    }
    attempt_next(target);
}

static void on_found(void *owner, const struct s5ad_found *found)
{
    struct s5ad_target *target = owner;
    target->lookup = NULL;
    target->found = *found;
    if (found->rep != S5A_REP_SUCCEEDED)
        note_failure(target, found->rep, found->why);
    attempt_next(target);
}

void s5ad_target_init(struct s5ad_target *target, struct s5ad_loop *loop, struct s5ad_names *names,
                      const struct s5ad_acl *acl, const struct s5ad_unix_list *sockets,
                      s5ad_reached_fn *reached)
{
    *target = (struct s5ad_target){
        .loop = loop,
        .names = names,
        .acl = acl,
        .sockets = sockets,
        .reached = reached,
        .watch = { .fd = -1, .ready = on_connect },
        .timer = { .fire = on_time },
    };
}

void s5ad_target_open(struct s5ad_target *target, const struct s5a_address *address, uint16_t port,
                      uint64_t limit_ms)
{
    struct s5a_address to = *address;
    s5a_address_resolve_literal(&to);
    target->rep = S5A_REP_SUCCEEDED;
    target->why = NULL;
    target->found.count = target->next = 0;
    target->is_settled = target->is_queued = false;
    target->deadline = target->loop->now + limit_ms;
    uint64_t wait = 0; /* on_time goes on with the addresses that are known then */
    if (to.type == S5A_ATYP_UNIX || to.type == S5A_ATYP_ABSTRACT) {
        s5ad_target_open_unix(target, &to);
        wait = target->is_queued ? s5ad_target_pause(target) : 0;
    } else if (to.type == S5A_ATYP_NAME) {
        struct s5ad_question question = { to.text, port, AF_UNSPEC, false };
        target->lookup = s5ad_names_find(target->names, &question, on_found, target);
        if (target->lookup)
            wait = limit_ms;
        else
            note_failure(target, S5A_REP_FAILURE, "too many look-ups");
    } else {
        target->found.at[target->found.count++] = s5ad_sockaddr_of(&to, port);
    }
    s5ad_loop_after(target->loop, &target->timer, wait);
}

void s5ad_target_close(struct s5ad_target *target)
{
    s5ad_timer_clear(&target->loop->timers, &target->timer);
    s5ad_lookup_cancel(target->lookup);
    target->lookup = NULL;
    s5ad_watch_close(target->loop, &target->watch);
    s5ad_acl_wipe(&target->own);
}

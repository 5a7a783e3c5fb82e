/* Targets that are Unix sockets (profile, sections 7 and 9): those alone that are listed. */
#include "server/target_steps.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { PAUSE_MIN = 5, PAUSE_MAX = 250 }; /* ms */

static uint8_t rep_of(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return S5A_REP_HOST_UNREACHABLE;
    case ENOTSOCK:
        return S5A_REP_NOT_ALLOWED;
    case EAGAIN: /* its backlog was full to the end */
        return S5A_REP_TTL_EXPIRED;
    default:
        return s5ad_rep_of_errno(error);
    }
}

static int check_socket(const char *path)
{
    struct stat about;
    if (stat(path, &about) < 0)
        return -errno;
    return S_ISSOCK(about.st_mode) ? 0 : -ENOTSOCK;
}

/* 0 or -errno. An abstract name has a NUL before it, and no other. */
static int make_socket(struct s5ad_target *target, const struct s5a_address *address)
{
    bool abstract = address->type == S5A_ATYP_ABSTRACT;
    size_t len = address->text.len;
    target->at = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (len + 1 > sizeof target->at.sun_path)
        return -ENAMETOOLONG;
    memcpy(target->at.sun_path + abstract, address->text.at, len);
    target->at_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
    int error = abstract ? 0 : check_socket(target->at.sun_path);
    if (error < 0)
        return error;
    target->watch.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return target->watch.fd < 0 ? -errno : 0;
}

static void settle(struct s5ad_target *target, int error)
{
    target->is_settled = true;
    target->is_queued = false;
    target->rep = error < 0 ? rep_of(-error) : S5A_REP_SUCCEEDED;
    target->why = error == -EAGAIN ? "its backlog is full" : error < 0 ? strerror(-error) : NULL;
    if (error < 0)
        s5ad_watch_close(target->loop, &target->watch);
}

/* A client that may block would wait for room in the backlog, so it is waited for here. */
void s5ad_target_try_unix(struct s5ad_target *target)
{
    const struct sockaddr *at = (const struct sockaddr *)&target->at;
    int error = connect(target->watch.fd, at, target->at_len) < 0 ? -errno : 0;
    target->is_queued = error == -EAGAIN && target->loop->now < target->deadline;
    if (!target->is_queued)
        settle(target, error);
}

uint64_t s5ad_target_pause(struct s5ad_target *target)
{
    uint64_t pause = target->pause < PAUSE_MIN ? PAUSE_MIN : target->pause * 2;
    target->pause = pause < PAUSE_MAX ? pause : PAUSE_MAX;
    return target->pause;
}

void s5ad_target_open_unix(struct s5ad_target *target, const struct s5a_address *address)
{
    target->pause = 0;
    target->peer = (struct s5ad_sockaddr){ .any = { .sa_family = AF_UNSPEC } };
    if (!s5ad_unix_list_has(target->sockets, address) &&
        !s5ad_unix_list_has(target->own_sockets, address)) {
        target->is_settled = true;
        target->rep = S5A_REP_NOT_ALLOWED;
        target->why = "Unix socket that is not listed";
        return;
    }
    int error = make_socket(target, address);
    if (error < 0)
        settle(target, error);
    else
        s5ad_target_try_unix(target);
}

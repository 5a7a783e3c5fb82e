/* Targets that are Unix sockets (profile, sections 7 and 9): those alone that are listed. */
#include "server/target_steps.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static uint8_t rep_of(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return S5A_REP_HOST_UNREACHABLE;
    case ENOTSOCK:
        return S5A_REP_NOT_ALLOWED;
    case EAGAIN: /* its backlog is full */
        return S5A_REP_CONN_REFUSED;
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
static int start_connect(struct s5ad_target *target, const struct s5a_address *address)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    bool abstract = address->type == S5A_ATYP_ABSTRACT;
    size_t len = address->text.len;
    if (len + 1 > sizeof to.sun_path)
        return -ENAMETOOLONG;
    memcpy(to.sun_path + abstract, address->text.at, len);
    int error = abstract ? 0 : check_socket(to.sun_path);
    if (error < 0)
        return error;
    target->watch.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (target->watch.fd < 0)
        return -errno;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
    return connect(target->watch.fd, (struct sockaddr *)&to, size) < 0 ? -errno : 0;
}

void s5ad_target_open_unix(struct s5ad_target *target, const struct s5a_address *address)
{
    target->is_settled = true;
    target->peer = (struct s5ad_sockaddr){ .any = { .sa_family = AF_UNSPEC } };
    if (!s5ad_unix_list_has(target->sockets, address) &&
        !s5ad_unix_list_has(target->own_sockets, address)) {
        target->rep = S5A_REP_NOT_ALLOWED;
        target->why = "Unix socket that is not listed";
        return;
    }
    int error = start_connect(target, address);
    target->rep = error < 0 ? rep_of(-error) : S5A_REP_SUCCEEDED;
    target->why = error < 0 ? strerror(-error) : NULL;
    if (error < 0)
        s5ad_watch_close(target->loop, &target->watch);
}

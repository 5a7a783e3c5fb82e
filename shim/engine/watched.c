/* Sockets of attempts in the engine's set. */
#include "shim/engine/watched.h"

#include "shim/engine/watch.h"

bool s5a_watched_is_other(const struct s5a_watched_socket *w, int fd, unsigned dial)
{
    return w->fd >= 0 && (w->fd != fd || w->dial != dial);
}

void s5a_watched_follow(struct s5a_watched_socket *w, int fd, unsigned dial, uint32_t events,
                        uint64_t data)
{
    if (s5a_watched_is_other(w, fd, dial))
        s5a_watched_leave(w);
    if (w->fd < 0)
        s5a_watch_other(EPOLL_CTL_ADD, fd, events, data);
    else if (events != w->events)
        s5a_watch_other(EPOLL_CTL_MOD, fd, events, data);
    *w = (struct s5a_watched_socket){ fd, dial, events };
}

void s5a_watched_leave(struct s5a_watched_socket *w)
{
    if (w->fd >= 0)
        s5a_watch_other(EPOLL_CTL_DEL, w->fd, 0, 0);
    w->fd = -1;
}

/* The source of bytes of a stream. */
#include "shim/sockets/unnamed.h"

#include "shim/sockets/foreign.h"

ssize_t s5a_unnamed(int fd, ssize_t result, const struct sockaddr *from, socklen_t *len)
{
    struct s5a_peer peer;
    if (result < 0 || from == NULL || len == NULL || *len < sizeof from->sa_family)
        return result;
    if (from->sa_family == AF_UNIX && s5a_peers_find_any(fd, &peer) && peer.facade != 0)
        *len = 0;
    return result;
}

ssize_t s5a_unnamed_message(int fd, ssize_t result, struct msghdr *message)
{
    return result < 0 ? result : s5a_unnamed(fd, result, message->msg_name, &message->msg_namelen);
}

int s5a_unnamed_several(int fd, int result, struct mmsghdr *messages)
{
    for (int i = 0; i < result; i++)
        (void)s5a_unnamed_message(fd, 0, &messages[i].msg_hdr);
    return result;
}

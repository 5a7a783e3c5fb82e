/* Where a client comes from. */
#include "server/source.h"

#include "server/sockaddr.h"

enum { V6_PREFIX_LEN = 8 };

static void write_user(struct s5a_writer *w, int fd)
{
    struct ucred who = { 0 };
    socklen_t size = sizeof who;
    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size);
    s5a_write_u32(w, who.uid);
}

struct s5a_span s5ad_source_id(int fd, uint8_t out[static S5AD_SOURCE_ID_CAP])
{
    struct sockaddr_storage peer = { 0 };
    socklen_t size = sizeof peer;
    size_t len = 0;
    struct s5a_writer w;
    s5a_writer_init(&w, out, S5AD_SOURCE_ID_CAP);
    getpeername(fd, (struct sockaddr *)&peer, &size);
    struct s5ad_sockaddr at = s5ad_sockaddr_from((struct sockaddr *)&peer);
    const uint8_t *ip = s5ad_sockaddr_ip(&at, &len);
    s5a_write_u8(&w, (uint8_t)len);
    if (len == 0)
        write_user(&w, fd);
    else
        s5a_write_bytes(&w, ip, len > V6_PREFIX_LEN ? V6_PREFIX_LEN : len);
    return (struct s5a_span){ out, s5a_writer_len(&w) };
}

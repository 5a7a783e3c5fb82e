/* Datagrams of the program, to the relay. */
#include "shim/datagrams/sending.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "client/clock.h"
#include "shim/datagrams/associate.h"
#include "shim/datagrams/direct_names.h"
#include "shim/datagrams/gathered.h"
#include "shim/datagrams/letting_in.h"
#include "shim/datagrams/options.h"
#include "shim/datagrams/resolver.h"
#include "shim/datagrams/segments.h"
#include "shim/datagrams/telling.h"
#include "shim/real.h"
#include "shim/result.h"

enum {
    QUERY_MAX = 4096,
    CONTROLS_CAP = 512,
    DATAGRAM_MAX = 65535,
    PAYLOAD_MAX = 65507, /* of UDP over IPv4 */
};

struct outgoing {
    uint8_t header[S5A_UDP_HEADER_MAX];
    size_t header_len;
    size_t len; /* of the program's bytes */
    struct iovec parts[S5A_SEGMENTS_PARTS + 1];
    struct msghdr message;
    _Alignas(struct cmsghdr) uint8_t controls[CONTROLS_CAP];
};

static size_t length_of(const struct msghdr *message)
{
    size_t len = 0;
    for (size_t i = 0; i < message->msg_iovlen; i++)
        len += message->msg_iov[i].iov_len;
    return len;
}

/* ---- to the resolver ---- */

static size_t gather(const struct msghdr *message, uint8_t *out, size_t cap)
{
    size_t len = 0;
    for (size_t i = 0; i < message->msg_iovlen; i++) {
        const struct iovec *part = &message->msg_iov[i];
        size_t some = part->iov_len < cap - len ? part->iov_len : cap - len;
        if (some > 0)
            memcpy(out + len, part->iov_base, some);
        len += some;
    }
    return len;
}

static ssize_t ask(int fd, const struct msghdr *message, const struct s5a_datagram_route *route)
{
    uint8_t query[QUERY_MAX];
    size_t len = gather(message, query, sizeof query);
    int failed =
        s5a_resolver_ask(fd, &route->association, &route->named, (struct s5a_span){ query, len });
    return failed != 0 ? failed : (ssize_t)length_of(message);
}

/* ---- to the relay ---- */

/* Its length; 0: it cannot be said. */
static size_t encode_header(const struct s5a_datagram_route *route,
                            uint8_t out[static S5A_UDP_HEADER_MAX])
{
    struct s5a_writer w;
    struct s5a_address address = s5a_address_canonical(&route->named.target.address);
    s5a_writer_init(&w, out, S5A_UDP_HEADER_MAX);
    s5a_udp_header_encode(&w, &address, route->named.target.port);
    return w.bad ? 0 : s5a_writer_len(&w);
}

static bool compose(struct outgoing *out, const struct msghdr *message,
                    const struct s5a_datagram_route *route)
{
    if (message->msg_iovlen > S5A_SEGMENTS_PARTS)
        return false;
    out->header_len = encode_header(route, out->header);
    out->len = length_of(message);
    out->parts[0] = (struct iovec){ out->header, out->header_len };
    for (size_t i = 0; i < message->msg_iovlen; i++)
        out->parts[i + 1] = message->msg_iov[i];
    out->message = *message;
    out->message.msg_iov = out->parts;
    out->message.msg_iovlen = message->msg_iovlen + 1;
    return out->header_len != 0 &&
           s5a_datagram_controls(&route->association, message, 0, &out->message, out->controls,
                                 sizeof out->controls);
}

static ssize_t send_out(int fd, struct outgoing *out, int flags, const struct s5a_association *a)
{
    union s5a_inet relay = a->relay;
    if (out->header_len + out->len + a->overhead > PAYLOAD_MAX)
        return -EMSGSIZE; /* as the kernel says where the relay is the proxy's */
    out->message.msg_name = &relay;
    out->message.msg_namelen = s5a_inet_len(&relay);
    ssize_t sent = s5a_from_libc(S5A_REAL(sendmsg)(fd, &out->message, flags));
    if (sent < 0)
        return sent;
    return (size_t)sent > out->header_len ? sent - (ssize_t)out->header_len : 0;
}

/* The association stands, or the datagram waits for it in a queue: then its length. */
static ssize_t dispatch(int fd, struct outgoing *out, int flags, struct s5a_datagram_route *route)
{
    struct s5a_association *a = &route->association;
    for (;;) {
        int failed = s5a_associate(fd, route, flags);
        if (failed == 0)
            return send_out(fd, out, flags, a);
        if (failed != -EINPROGRESS)
            return failed;
        failed = s5a_associate_queue(a, out->parts, out->message.msg_iovlen);
        if (failed != -EALREADY) /* else it has come to its end meanwhile */
            return failed == 0 ? (ssize_t)out->len : failed;
        s5a_association_refresh(a);
    }
}

static ssize_t send_one(int fd, const struct msghdr *message, int flags,
                        struct s5a_datagram_route *route)
{
    struct outgoing out;
    s5a_association_note(&route->association, &route->named);
    if (!compose(&out, message, route))
        return -EMSGSIZE;
    return dispatch(fd, &out, flags, route);
}

/* ---- segments: one call, several datagrams ---- */

/* Many in one message, where the association stands already; 0: they are to be sent one by one. */
static ssize_t send_together(int fd, struct s5a_segments *s, int flags,
                             struct s5a_datagram_route *route)
{
    uint8_t bytes[S5A_UDP_HEADER_MAX];
    struct s5a_association *a = &route->association;
    struct s5a_span header = { bytes, encode_header(route, bytes) };
    if (s->are_apart || header.len == 0 || a->state != S5A_ASSOCIATION_STANDING ||
        s5a_associate(fd, route, flags) != 0 || a->has_local_relay)
        return 0; /* the engine takes what comes one by one */
    s5a_association_note(a, &route->named);
    return s5a_segments_send(fd, s, header, a, flags);
}

static ssize_t send_next(int fd, struct s5a_segments *s, int flags,
                         struct s5a_datagram_route *route)
{
    struct iovec parts[S5A_SEGMENTS_PARTS];
    struct msghdr one = *s->message;
    ssize_t sent = send_together(fd, s, flags, route);
    if (sent != 0)
        return sent;
    one.msg_iov = parts;
    one.msg_iovlen = s5a_segments_cut(s, parts);
    return send_one(fd, &one, flags, route);
}

/* As the kernel: all of them, or an error. */
static ssize_t send_segments(int fd, const struct msghdr *message, int flags, size_t size,
                             struct s5a_datagram_route *route)
{
    struct s5a_segments s = { message, size, length_of(message), 0, false };
    if ((s.len + size - 1) / size > S5A_SEGMENTS_MAX)
        return -EINVAL;
    while (s.at < s.len) {
        ssize_t sent = send_next(fd, &s, flags, route);
        if (sent < 0)
            return s.at > 0 ? (ssize_t)s.at : sent;
        s.at += sent > 0 ? (size_t)sent : s.size;
    }
    return (ssize_t)s.len;
}

/* From one buffer in between. */
static ssize_t send_gathered(int fd, const struct msghdr *message, int flags,
                             struct s5a_datagram_route *route)
{
    struct s5a_gathered whole;
    struct msghdr one = *message;
    if (message->msg_iovlen > IOV_MAX || length_of(message) > DATAGRAM_MAX)
        return -EMSGSIZE;
    if (!s5a_gathered_open(&whole, message))
        return -ENOBUFS;
    whole.part.iov_len = gather(message, whole.part.iov_base, whole.part.iov_len);
    one.msg_iov = &whole.part;
    one.msg_iovlen = 1;
    ssize_t result = s5a_datagram_send(fd, &one, flags, route);
    s5a_gathered_close(&whole);
    return result;
}

/* ---- to where a name leads ---- */

static ssize_t send_directly(int fd, const struct msghdr *message, int flags,
                             const struct s5a_datagram_route *route)
{
    union s5a_inet to;
    struct msghdr one = *message;
    struct s5a_socket_kind kind = s5a_association_kind(&route->association);
    int failed = s5a_direct_name_find(fd, &kind, &route->named, &to);
    if (failed != 0)
        return failed;
    s5a_let_in_direct(fd, &route->association, &to);
    s5a_association_note_direct(&route->association, &route->named.as_given, &to);
    one.msg_name = &to;
    one.msg_namelen = s5a_inet_len(&to);
    return s5a_from_libc(S5A_REAL(sendmsg)(fd, &one, flags));
}

ssize_t s5a_datagram_send(int fd, const struct msghdr *message, int flags,
                          struct s5a_datagram_route *route)
{
    if (s5a_datagram_is_detour(message))
        return -EACCES;
    if (route->way == S5A_WAY_NAME)
        return send_directly(fd, message, flags, route);
    if (route->way == S5A_WAY_RESOLVER)
        return ask(fd, message, route);
    s5a_told_otherwise(fd, &route->association);
    if (message->msg_iovlen > S5A_SEGMENTS_PARTS) /* they are put together first */
        return send_gathered(fd, message, flags, route);
    size_t size = s5a_datagram_segment(&route->association, message);
    if (size != 0 && size < length_of(message))
        return send_segments(fd, message, flags, size, route);
    return send_one(fd, message, flags, route);
}

/* Segments of what a program sends in one call. */
#include "shim/datagrams/segments.h"

#include <errno.h>

#include "shim/datagrams/options.h"
#include "shim/real.h"
#include "shim/result.h"

enum {
    MESSAGE_PARTS = 160,
    MESSAGE_SEGMENTS = 64,
    MESSAGE_MAX = 65000, /* bytes: less than an IP packet holds */
    CONTROLS_CAP = 512,
};

struct together {
    struct iovec parts[MESSAGE_PARTS];
    size_t count; /* of them */
    size_t segments, len, data;
    _Alignas(struct cmsghdr) uint8_t controls[CONTROLS_CAP];
};

size_t s5a_segments_cut(const struct s5a_segments *s, struct iovec *out)
{
    size_t count = 0, at = s->at, len = s->size;
    for (size_t i = 0; i < s->message->msg_iovlen && len > 0; i++) {
        struct iovec part = s->message->msg_iov[i];
        if (at >= part.iov_len) {
            at -= part.iov_len;
            continue;
        }
        part.iov_base = (char *)part.iov_base + at;
        part.iov_len = part.iov_len - at < len ? part.iov_len - at : len;
        len -= part.iov_len;
        at = 0;
        out[count++] = part;
    }
    return count;
}

/* ---- many in one message ---- */

static bool has_room(const struct together *t, const struct s5a_segments *s, size_t header)
{
    return t->segments < MESSAGE_SEGMENTS && t->len + header + s->size <= MESSAGE_MAX &&
           t->count + 1 + s->message->msg_iovlen <= MESSAGE_PARTS;
}

static void fill(struct together *t, const struct s5a_segments *s, struct s5a_span header)
{
    struct s5a_segments rest = *s;
    t->count = t->segments = t->len = t->data = 0;
    for (; rest.at < s->len && has_room(t, s, header.len); rest.at += rest.size) {
        size_t left = s->len - rest.at;
        size_t some = left < rest.size ? left : rest.size;
        t->parts[t->count++] = (struct iovec){ (void *)(uintptr_t)header.at, header.len };
        t->count += s5a_segments_cut(&rest, t->parts + t->count);
        t->len += header.len + some;
        t->data += some;
        t->segments++;
    }
}

/* It says so where a segment is too long for the way, where the device cannot, where it is too old. */
static bool is_refused(ssize_t result)
{
    return result == -EINVAL || result == -EMSGSIZE || result == -EIO || result == -EOPNOTSUPP;
}

ssize_t s5a_segments_send(int fd, struct s5a_segments *s, struct s5a_span header,
                          const struct s5a_association *a, int flags)
{
    struct together t;
    struct msghdr message = *s->message;
    union s5a_inet relay = a->relay;
    fill(&t, s, header);
    if (t.segments < 2 || !s5a_datagram_controls(a, s->message, s->size + header.len, &message,
                                                 t.controls, sizeof t.controls))
        return 0;
    message.msg_iov = t.parts;
    message.msg_iovlen = t.count;
    message.msg_name = &relay;
    message.msg_namelen = s5a_inet_len(&relay);
    ssize_t sent = s5a_from_libc(S5A_REAL(sendmsg)(fd, &message, flags));
    s->are_apart = is_refused(sent);
    return s->are_apart ? 0 : sent < 0 ? sent : (ssize_t)t.data;
}

/* A datagram of the relay, scattered to buffers of the program and taken out of its header, and the
 * one whose answer it is. First bytes: the header's guess, the sizes of three buffers. */
#include "tests/fuzz/check.h"

#include "shim/datagrams/scatter.h"
#include "shim/datagrams/targets.h"

enum { SIZES = 3, HEAD = 1 + SIZES };

static void fill(const struct s5a_scatter *s, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < s->count && len > 0; i++) {
        size_t some = s->list[i].iov_len < len ? s->list[i].iov_len : len;
        memcpy(s->list[i].iov_base, bytes, some);
        bytes += some;
        len -= some;
    }
}

static void find_source(const struct s5a_udp *udp)
{
    struct s5a_targets targets = { 0 };
    struct s5a_named_target named = { .target = { udp->address, udp->port } };
    union s5a_inet source;
    if (udp->address.type == S5A_ATYP_NAME)
        return;
    REQUIRE(s5a_inet_from_address(&source, AF_INET6, &udp->address, udp->port));
    named.as_given = source;
    s5a_targets_note(&targets, &named);
    const struct s5a_sent_target *found = s5a_targets_find(&targets, &udp->address, udp->port);
    REQUIRE(found != NULL && s5a_inet_equal(&found->given, &source));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct iovec parts[SIZES];
    struct s5a_scatter s;
    struct s5a_udp udp;
    uint8_t head[S5A_UDP_HEADER_MAX];
    size_t room = 0;
    if (size < HEAD)
        return 0;
    for (size_t i = 0; i < SIZES; i++) {
        parts[i] = (struct iovec){ malloc(data[1 + i] + 1u), data[1 + i] };
        room += data[1 + i];
    }
    REQUIRE(s5a_scatter_init(&s, parts, SIZES, data[0] % (S5A_SCATTER_HEAD + 1)));
    const uint8_t *datagram = data + HEAD;
    size_t len = size - HEAD, cap = s.head_len + room + sizeof s.tail;
    size_t gathered = len < cap ? len : cap;
    fill(&s, datagram, gathered);
    size_t peeked = s5a_scatter_peek(&s, gathered, head, sizeof head);
    REQUIRE(memcmp(head, datagram, peeked) == 0);
    if (s5a_udp_decode((struct s5a_span){ head, peeked }, &udp) == S5A_OK) {
        size_t header = peeked - udp.data.len;
        find_source(&udp);
        size_t kept = s5a_scatter_settle(&s, gathered, header);
        REQUIRE(kept == (gathered - header < room ? gathered - header : room));
        for (size_t i = 0, at = header; i < SIZES && at < header + kept; at += parts[i++].iov_len) {
            size_t left = header + kept - at;
            size_t some = parts[i].iov_len < left ? parts[i].iov_len : left;
            REQUIRE(memcmp(parts[i].iov_base, datagram + at, some) == 0);
        }
    }
    for (size_t i = 0; i < SIZES; i++)
        free(parts[i].iov_base);
    return 0;
}

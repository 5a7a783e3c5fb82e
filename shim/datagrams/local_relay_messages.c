/* Datagrams of a relay of the engine's own, on the program's side. */
#include "shim/datagrams/local_relay_flow.h"

#include <string.h>
#include <sys/socket.h>

#include "shim/real.h"

size_t s5a_local_relay_receive(struct s5a_local_relay *x, uint8_t *to)
{
    const struct s5a_layers *layers = &x->way.layers;
    size_t room = S5A_LOCAL_RELAY_DATAGRAM_MAX - layers->len;
    uint8_t *at = to + S5A_LOCAL_RELAY_LEN;
    memcpy(at, layers->bytes, layers->len);
    ssize_t got = S5A_REAL(recv)(x->way.local, at + layers->len, room, MSG_DONTWAIT | MSG_TRUNC);
    if (got < 0 || (size_t)got > room)
        return 0;
    size_t len = layers->len + (size_t)got;
    to[0] = (uint8_t)(len >> 8);
    to[1] = (uint8_t)len;
    return S5A_LOCAL_RELAY_LEN + len;
}

/* What the receiving calls would throw away costs no system call. */
static bool is_whole(struct s5a_span datagram)
{
    struct s5a_udp udp;
    return s5a_udp_decode(datagram, &udp) == S5A_OK && udp.frag == 0;
}

void s5a_local_relay_deliver(struct s5a_local_relay *x, struct s5a_span datagram)
{
    if (!s5a_layers_strip(&x->way.layers, &datagram) || !is_whole(datagram))
        return;
    (void)S5A_REAL(send)(x->way.local, datagram.at, datagram.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    x->delivered++;
}

bool s5a_local_relay_deliver_stream(struct s5a_local_relay *x)
{
    struct s5a_reader r;
    struct s5a_span message;
    enum s5a_status status;
    s5a_reader_init(&r, x->incoming, x->filled);
    while ((status = s5a_udp_stream_decode(&r, &message)) == S5A_OK)
        s5a_local_relay_deliver(x, message);
    size_t left = s5a_reader_left(&r);
    memmove(x->incoming, x->incoming + x->filled - left, left);
    x->filled = left;
    return status == S5A_INCOMPLETE;
}

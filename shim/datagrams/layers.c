/* Headers around a datagram's own. */
#include "shim/datagrams/layers.h"

#include "client/routes/rules.h"

bool s5a_layers_add(struct s5a_layers *layers, const struct s5a_address *relay, uint16_t port)
{
    struct s5a_writer w;
    struct s5a_address plain = s5a_address_canonical(relay);
    if (layers->count == S5A_LAYERS_MAX)
        return false;
    s5a_writer_init(&w, layers->bytes + layers->len, sizeof layers->bytes - layers->len);
    s5a_udp_header_encode(&w, &plain, port);
    if (w.bad)
        return false;
    bool is_name = plain.type == S5A_ATYP_NAME;
    layers->list[layers->count++] = (struct s5a_layer){
        .relay = is_name ? s5a_address_none() : plain, .is_name = is_name, .port = port
    };
    layers->len += s5a_writer_len(&w);
    return true;
}

static bool is_of(struct s5a_layer *layer, const struct s5a_udp *udp)
{
    struct s5a_address source = s5a_address_canonical(&udp->address);
    if (udp->frag != 0 || udp->port != layer->port)
        return false;
    if (source.type == S5A_ATYP_NAME) /* by the proxy before it, which was told of no other name */
        return layer->is_name;
    if (layer->relay.type == S5A_ATYP_NONE)
        layer->relay = source;
    return s5a_address_equal(&layer->relay, &source);
}

bool s5a_layers_strip(struct s5a_layers *layers, struct s5a_span *datagram)
{
    struct s5a_udp udp;
    for (unsigned i = 0; i < layers->count; i++) {
        if (s5a_udp_decode(*datagram, &udp) != S5A_OK || !is_of(&layers->list[i], &udp))
            return false;
        *datagram = udp.data;
    }
    return true;
}

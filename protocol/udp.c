/* UDP datagrams of SOCKS5, alone and in a stream. */
#include "protocol/udp.h"

enum { IN_STREAM_MIN = 10 }; /* profile, section 6 */

static enum s5a_status read_header(struct s5a_reader *r, struct s5a_udp *out)
{
    s5a_read_u16(r); /* RSV */
    out->frag = s5a_read_u8(r);
    if (r->bad)
        return S5A_MALFORMED;
    enum s5a_status status = s5a_address_decode(r, S5A_ATYPS_RFC1928, &out->address);
    if (status != S5A_OK)
        return status == S5A_INCOMPLETE ? S5A_MALFORMED : status;
    out->port = s5a_read_u16(r);
    return r->bad ? S5A_MALFORMED : S5A_OK;
}

enum s5a_status s5a_udp_decode(struct s5a_span datagram, struct s5a_udp *out)
{
    struct s5a_reader r;
    struct s5a_udp udp = { 0 };
    *out = udp;
    s5a_reader_init(&r, datagram.at, datagram.len);
    enum s5a_status status = read_header(&r, &udp);
    if (status != S5A_OK)
        return status;
    udp.data = s5a_read_span(&r, s5a_reader_left(&r));
    *out = udp;
    return S5A_OK;
}

void s5a_udp_header_encode(struct s5a_writer *w, const struct s5a_address *address, uint16_t port)
{
    s5a_write_u16(w, 0);
    s5a_write_u8(w, 0);
    s5a_address_encode(w, address);
    s5a_write_u16(w, port);
    if (!(S5A_ATYPS_RFC1928 & S5A_ATYP_BIT(address->type)))
        w->bad = true;
}

size_t s5a_udp_header_len(const struct s5a_address *address)
{
    uint8_t header[S5A_UDP_HEADER_MAX];
    struct s5a_writer w;
    s5a_writer_init(&w, header, sizeof header);
    s5a_udp_header_encode(&w, address, 0);
    return w.bad ? 0 : s5a_writer_len(&w);
}

enum s5a_status s5a_udp_stream_decode(struct s5a_reader *r, struct s5a_span *message)
{
    struct s5a_reader at = *r;
    *message = (struct s5a_span){ NULL, 0 };
    size_t len = s5a_read_u16(&at);
    if (!at.bad && len < IN_STREAM_MIN)
        return S5A_MALFORMED;
    struct s5a_span content = s5a_read_span(&at, len);
    if (at.bad)
        return S5A_INCOMPLETE;
    *message = content;
    *r = at;
    return S5A_OK;
}

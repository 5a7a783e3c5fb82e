/* Options of UDP_ASSOCIATE_EXT. */
#include "protocol/udp_options.h"

#include "protocol/tlv.h"

enum option { TRANSPORT = 0x01, IDLE = 0x02, MAX_DATAGRAM = 0x03 };

struct s5a_udp_options s5a_udp_options_default(void)
{
    return (struct s5a_udp_options){ .transport = 0, .idle = 60, .max_datagram = 65507 };
}

/* The whole value is the number; another length is malformed. */
static enum s5a_status read_option(const struct s5a_tlv *tlv, struct s5a_udp_options *options)
{
    struct s5a_reader r;
    s5a_reader_init(&r, tlv->value.at, tlv->value.len);
    switch (tlv->type) {
    case TRANSPORT:
        options->transport = s5a_read_u8(&r);
        break;
    case IDLE:
        options->idle = s5a_read_u16(&r);
        break;
    case MAX_DATAGRAM:
        options->max_datagram = s5a_read_u16(&r);
        break;
    default:
        return S5A_OK;
    }
    return r.bad || s5a_reader_left(&r) > 0 ? S5A_MALFORMED : S5A_OK;
}

enum s5a_status s5a_udp_options_decode(struct s5a_reader *r, struct s5a_udp_options *out)
{
    struct s5a_reader at = *r;
    struct s5a_udp_options options = s5a_udp_options_default();
    *out = options;
    struct s5a_span list = s5a_read_vec16(&at);
    if (at.bad)
        return S5A_INCOMPLETE;

    struct s5a_tlv_walk walk;
    struct s5a_tlv tlv;
    enum s5a_status status;
    s5a_tlv_walk_init(&walk, list);
    while ((status = s5a_tlv_next(&walk, &tlv)) == S5A_OK)
        if (read_option(&tlv, &options) != S5A_OK)
            return S5A_MALFORMED;
    if (status != S5A_INCOMPLETE)
        return status;
    *out = options;
    *r = at;
    return S5A_OK;
}

void s5a_udp_options_encode(struct s5a_writer *w, const struct s5a_udp_options *options)
{
    size_t list = s5a_write_open16(w);
    s5a_write_u8(w, TRANSPORT);
    s5a_write_u16(w, sizeof(options->transport));
    s5a_write_u8(w, options->transport);
    s5a_write_u8(w, IDLE);
    s5a_write_u16(w, sizeof(options->idle));
    s5a_write_u16(w, options->idle);
    s5a_write_u8(w, MAX_DATAGRAM);
    s5a_write_u16(w, sizeof(options->max_datagram));
    s5a_write_u16(w, options->max_datagram);
    s5a_write_close16(w, list);
}

/* Texts from hostile places: UTF-8 and escapes. */
#include "protocol/text.h"

/* The scalar values that a sequence of each length must reach, else it is overlong. */
static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

static size_t sequence_len(uint8_t lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >> 5 == 0x06)
        return 2;
    if (lead >> 4 == 0x0e)
        return 3;
    return lead >> 3 == 0x1e ? 4 : 0;
}

static bool read_scalar(struct s5a_reader *r)
{
    uint8_t lead = s5a_read_u8(r);
    size_t len = sequence_len(lead);
    if (len <= 1)
        return len == 1;
    uint32_t scalar = lead & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        uint8_t next = s5a_read_u8(r); /* 0, which does not continue, past the end */
        if (next >> 6 != 0x02)
            return false;
        scalar = scalar << 6 | (next & 0x3fu);
    }
    bool surrogate = scalar >= 0xd800 && scalar <= 0xdfff;
    return scalar >= least[len] && scalar <= 0x10ffff && !surrogate;
}

bool s5a_text_is_utf8(struct s5a_span text)
{
    struct s5a_reader r;
    s5a_reader_init(&r, text.at, text.len);
    while (s5a_reader_left(&r) > 0)
        if (!read_scalar(&r))
            return false;
    return true;
}

void s5a_text_escape(struct s5a_writer *w, struct s5a_span text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < text.len && !w->bad; i++) {
        uint8_t byte = text.at[i];
        if (byte >= 0x20 && byte < 0x7f && byte != '\\')
            s5a_write_u8(w, byte);
        else
            s5a_write_bytes(w, (char[]){ '\\', 'x', digits[byte >> 4], digits[byte & 15] }, 4);
    }
}

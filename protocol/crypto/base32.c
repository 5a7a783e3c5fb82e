/* Base32. Secrets pass through: no table is indexed by them. */
#include "protocol/crypto/base32.h"

static char character(unsigned value)
{
    return (char)(value < 26 ? 'A' + value : '2' + (value - 26));
}

void s5a_base32_format(char *out, struct s5a_span bytes)
{
    unsigned bits = 0, pending = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        pending = (pending << 8 | bytes.at[i]) & 0xfff;
        for (bits += 8; bits >= 5; bits -= 5)
            *out++ = character(pending >> (bits - 5) & 31);
    }
    if (bits > 0)
        *out++ = character(pending << (5 - bits) & 31);
    *out = '\0';
}

/* 32 where `c` is no digit of Base32. */
static unsigned value_of(uint8_t c)
{
    if (c >= 'a' && c <= 'z')
        return c - (unsigned)'a';
    if (c >= 'A' && c <= 'Z')
        return c - (unsigned)'A';
    return c >= '2' && c <= '7' ? c - (unsigned)'2' + 26 : 32;
}

static bool is_separator(uint8_t c)
{
    return c == ' ' || c == '-';
}

/* Whole bytes leave at most four bits over, and these are zeros. */
static bool ends_well(unsigned bits, unsigned pending)
{
    return bits < 5 && (pending & ((1u << bits) - 1)) == 0;
}

bool s5a_base32_parse(struct s5a_writer *w, struct s5a_span text)
{
    unsigned bits = 0, pending = 0;
    while (text.len > 0 && text.at[text.len - 1] == '=')
        text.len--;
    for (size_t i = 0; i < text.len; i++) {
        unsigned value = value_of(text.at[i]);
        if (is_separator(text.at[i]))
            continue;
        if (value > 31)
            return false;
        pending = (pending << 5 | value) & 0xfff;
        bits += 5;
        if (bits < 8)
            continue;
        bits -= 8;
        s5a_write_u8(w, (uint8_t)(pending >> bits));
    }
    return !w->bad && ends_well(bits, pending);
}

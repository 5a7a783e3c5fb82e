/* DNS messages, read and written. */
#include "shim/names/dns_message.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <string.h>
#include <strings.h>

enum {
    FLAG_RESPONSE = 0x8000,
    FLAG_RECURSION_AVAILABLE = 0x0080,
    MASK_KEPT = 0x7910, /* opcode, recursion desired, checking disabled */
    LABEL_MAX = 63,
    HEADER_LEN = 12,
    EDNS_DO = 0x8000,
};

/* ---- reading ---- */

/* Reads labels up to the root, none compressed, and writes them with dots. */
static bool read_name(struct s5a_reader *r, struct s5a_dns_question *out)
{
    size_t len = 0;
    struct s5a_span label = s5a_read_vec8(r);
    out->is_sayable = true;
    for (; label.len > 0; label = s5a_read_vec8(r)) {
        if (label.len > LABEL_MAX || len + label.len + 1 > S5A_NAME_MAX)
            return false;
        for (size_t i = 0; i < label.len; i++)
            out->is_sayable &= label.at[i] != '.' && label.at[i] != '\0';
        memcpy(out->name + len, label.at, label.len);
        len += label.len;
        out->name[len++] = '.';
    }
    out->name[len > 0 ? len - 1 : 0] = '\0';
    return !r->bad;
}

/* EDNS: an OPT record, looked at only where nothing else stands before it. */
static void read_opt(struct s5a_reader r, unsigned additional, struct s5a_dns_question *out)
{
    uint8_t root = s5a_read_u8(&r);
    uint16_t type = s5a_read_u16(&r), size = s5a_read_u16(&r);
    (void)s5a_read_u16(&r); /* extended code, version */
    uint16_t flags = s5a_read_u16(&r);
    (void)s5a_read_vec16(&r);
    if (r.bad || additional == 0 || root != 0 || type != ns_t_opt)
        return;
    out->has_edns = true;
    out->wants_dnssec = (flags & EDNS_DO) != 0;
    if (size > out->udp_size)
        out->udp_size = size < S5A_DNS_UDP_MOST ? size : S5A_DNS_UDP_MOST;
}

bool s5a_dns_read(struct s5a_span query, struct s5a_dns_question *out)
{
    struct s5a_reader r;
    s5a_reader_init(&r, query.at, query.len);
    out->id = s5a_read_u16(&r);
    out->flags = s5a_read_u16(&r);
    uint16_t questions = s5a_read_u16(&r);
    (void)s5a_read_u32(&r);
    uint16_t additional = s5a_read_u16(&r);
    size_t before = s5a_reader_left(&r);
    if (r.bad || questions != 1 || (out->flags & FLAG_RESPONSE) != 0 || !read_name(&r, out))
        return false;
    out->type = s5a_read_u16(&r);
    out->class = s5a_read_u16(&r);
    if (r.bad)
        return false;
    out->bytes = (struct s5a_span){ query.at + HEADER_LEN, before - s5a_reader_left(&r) };
    out->rest = (struct s5a_span){ r.at, s5a_reader_left(&r) };
    out->has_edns = out->wants_dnssec = false;
    out->udp_size = S5A_DNS_UDP_LEAST;
    read_opt(r, additional, out);
    return true;
}

bool s5a_dns_is_answer(const struct s5a_dns_question *question, struct s5a_span message)
{
    struct s5a_reader r;
    s5a_reader_init(&r, message.at, message.len);
    uint16_t id = s5a_read_u16(&r), flags = s5a_read_u16(&r), questions = s5a_read_u16(&r);
    (void)s5a_read_span(&r, 6);
    struct s5a_span asked = s5a_read_span(&r, question->bytes.len);
    return !r.bad && id == question->id && (flags & FLAG_RESPONSE) != 0 && questions == 1 &&
           s5a_span_equal(asked, question->bytes);
}

/* ---- reverse look-ups ---- */

static int digit_of(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = strchr(digits, c | 0x20);
    return c == '\0' || at == NULL ? -1 : (int)(at - digits);
}

/* "7.2.0.192.in-addr.arpa" */
static bool parse_reverse4(const char *name, struct s5a_address *out)
{
    char forward[16];
    uint8_t ip[4];
    size_t len = strlen(name);
    const size_t suffix = strlen(".in-addr.arpa");
    if (len <= suffix || len - suffix >= sizeof(forward) ||
        strcasecmp(name + len - suffix, ".in-addr.arpa") != 0)
        return false;
    memcpy(forward, name, len - suffix);
    forward[len - suffix] = '\0';
    if (inet_pton(AF_INET, forward, ip) != 1)
        return false;
    *out = s5a_address_ipv4((const uint8_t[]){ ip[3], ip[2], ip[1], ip[0] });
    return true;
}

/* 32 digits, the last one first, and "ip6.arpa" */
static bool parse_reverse6(const char *name, struct s5a_address *out)
{
    uint8_t ip[16] = { 0 };
    if (strlen(name) != 72 || strcasecmp(name + 64, "ip6.arpa") != 0)
        return false;
    for (int i = 0; i < 32; i++) {
        int digit = digit_of(name[2 * i]);
        if (digit < 0 || name[2 * i + 1] != '.')
            return false;
        ip[15 - i / 2] |= (uint8_t)(digit << (i % 2 * 4));
    }
    *out = s5a_address_ipv6(ip);
    return true;
}

bool s5a_dns_reverse(const char *name, struct s5a_address *out)
{
    return parse_reverse4(name, out) || parse_reverse6(name, out);
}

/* ---- writing ---- */

bool s5a_dns_write_name(struct s5a_writer *w, const char *name)
{
    while (*name != '\0' && strcmp(name, ".") != 0) {
        size_t len = strcspn(name, ".");
        if (len == 0 || len > LABEL_MAX)
            return false;
        s5a_write_vec8(w, (struct s5a_span){ (const uint8_t *)name, len });
        name += len + (name[len] == '.');
    }
    s5a_write_u8(w, 0);
    return true;
}

void s5a_dns_write_header(struct s5a_writer *w, const struct s5a_dns_question *question,
                          uint16_t flags, unsigned answers)
{
    s5a_write_u16(w, question->id);
    s5a_write_u16(w, (uint16_t)(FLAG_RESPONSE | FLAG_RECURSION_AVAILABLE |
                                (question->flags & MASK_KEPT) | flags));
    s5a_write_u16(w, 1);
    s5a_write_u16(w, (uint16_t)answers);
    s5a_write_u16(w, 0);
    s5a_write_u16(w, question->has_edns);
    s5a_write_span(w, question->bytes);
}

void s5a_dns_write_opt(struct s5a_writer *w, const struct s5a_dns_question *question)
{
    if (!question->has_edns)
        return;
    s5a_write_u8(w, 0);
    s5a_write_u16(w, ns_t_opt);
    s5a_write_u16(w, S5A_DNS_UDP_MOST);
    s5a_write_u16(w, 0);
    s5a_write_u16(w, question->wants_dnssec ? EDNS_DO : 0);
    s5a_write_u16(w, 0);
}

size_t s5a_dns_write_empty(const struct s5a_dns_question *question, uint16_t flags, void *out,
                           size_t cap)
{
    struct s5a_writer w;
    s5a_writer_init(&w, out, cap);
    s5a_dns_write_header(&w, question, flags, 0);
    s5a_dns_write_opt(&w, question);
    return w.bad ? 0 : s5a_writer_len(&w);
}

size_t s5a_dns_query(const char *name, uint16_t type, uint16_t class, void *out, size_t cap)
{
    struct s5a_writer w;
    s5a_writer_init(&w, out, cap < S5A_DNS_QUERY_MAX ? cap : S5A_DNS_QUERY_MAX);
    s5a_write_u16(&w, 0);
    s5a_write_u16(&w, ns_o_query << 11 | 0x0100); /* recursion desired */
    s5a_write_u16(&w, 1);
    s5a_write_u16(&w, 0);
    s5a_write_u32(&w, 0);
    bool is_name = s5a_dns_write_name(&w, name);
    s5a_write_u16(&w, type);
    s5a_write_u16(&w, class);
    return is_name && !w.bad ? s5a_writer_len(&w) : 0;
}

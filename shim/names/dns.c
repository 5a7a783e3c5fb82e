/* DNS messages made and answered. */
#include "shim/names/dns.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum {
    TTL = 60, /* s; the map holds its answers far longer */
    FLAG_RESPONSE = 0x8000,
    FLAG_TRUNCATED = 0x0200,
    FLAG_RECURSION_AVAILABLE = 0x0080,
    MASK_KEPT = 0x7910, /* opcode, recursion desired, checking disabled */
    NAME_OF_QUESTION = 0xc00c,
    LABEL_MAX = 63,
};

struct question {
    uint16_t id;
    uint16_t flags;
    struct s5a_span bytes; /* name, type, class */
    char name[S5A_NAME_MAX + 1];
    bool is_sayable; /* the name can be written with dots */
    uint16_t type;
    uint16_t class;
};

/* Reads labels up to the root, none compressed, and writes them with dots. */
static bool read_name(struct s5a_reader *r, struct question *out)
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

static bool read_question(struct s5a_span query, struct question *out)
{
    struct s5a_reader r;
    s5a_reader_init(&r, query.at, query.len);
    out->id = s5a_read_u16(&r);
    out->flags = s5a_read_u16(&r);
    uint16_t questions = s5a_read_u16(&r);
    (void)s5a_read_span(&r, 6);
    size_t before = s5a_reader_left(&r);
    if (r.bad || questions != 1 || (out->flags & FLAG_RESPONSE) != 0 || !read_name(&r, out))
        return false;
    out->type = s5a_read_u16(&r);
    out->class = s5a_read_u16(&r);
    out->bytes = (struct s5a_span){ query.at + 12, before - s5a_reader_left(&r) };
    return !r.bad;
}

/* False where a label is empty or too long. A final dot and an empty name are fine. */
static bool write_name(struct s5a_writer *w, const char *name)
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

static uint16_t code_of(enum s5a_names_outcome outcome)
{
    switch (outcome) {
    case S5A_NAMES_FOUND:
    case S5A_NAMES_NO_DATA:
        return ns_r_noerror;
    case S5A_NAMES_ABSENT:
        return ns_r_nxdomain;
    case S5A_NAMES_FULL:
        return ns_r_servfail;
    default:
        return ns_r_refused;
    }
}

/* The response code, and with NOERROR the records' data in `answer`. */
static uint16_t resolve(const struct s5a_names *names, const struct question *question,
                        struct s5a_names_answer *answer)
{
    struct s5a_address ip;
    answer->count = 0;
    if ((question->flags & 0x7800) != 0)
        return ns_r_notimpl;
    if (question->class != ns_c_in && question->class != ns_c_any)
        return ns_r_refused;
    switch (question->type) {
    case ns_t_a:
    case ns_t_aaaa:
        if (!question->is_sayable)
            return ns_r_nxdomain;
        return code_of(s5a_names_find(names, question->name,
                                      question->type == ns_t_a ? AF_INET : AF_INET6, answer));
    case ns_t_ptr:
        if (!parse_reverse4(question->name, &ip) && !parse_reverse6(question->name, &ip))
            return ns_r_nxdomain;
        return code_of(s5a_names_find_address(names, &ip, answer));
    default:
        return ns_r_refused;
    }
}

static void write_header(struct s5a_writer *w, const struct question *question, uint16_t flags,
                         unsigned answers)
{
    s5a_write_u16(w, question->id);
    s5a_write_u16(w, (uint16_t)(FLAG_RESPONSE | FLAG_RECURSION_AVAILABLE |
                                (question->flags & MASK_KEPT) | flags));
    s5a_write_u16(w, 1);
    s5a_write_u16(w, (uint16_t)answers);
    s5a_write_u32(w, 0);
    s5a_write_span(w, question->bytes);
}

static void write_record(struct s5a_writer *w, const struct question *question,
                         const struct s5a_names_answer *answer, unsigned index)
{
    s5a_write_u16(w, NAME_OF_QUESTION);
    s5a_write_u16(w, question->type);
    s5a_write_u16(w, ns_c_in);
    s5a_write_u32(w, TTL);
    size_t mark = s5a_write_open16(w);
    if (question->type == ns_t_ptr)
        w->bad |= !write_name(w, answer->canonical);
    else
        s5a_write_bytes(w, answer->list[index].ip, question->type == ns_t_a ? 4 : 16);
    s5a_write_close16(w, mark);
}

size_t s5a_dns_answer(const struct s5a_names *names, struct s5a_span query, void *out, size_t cap)
{
    struct question question;
    struct s5a_names_answer answer;
    struct s5a_writer w;
    if (!read_question(query, &question))
        return 0;
    uint16_t code = resolve(names, &question, &answer);
    unsigned count = code == ns_r_noerror ? answer.count : 0;
    s5a_writer_init(&w, out, cap);
    write_header(&w, &question, code, count);
    for (unsigned i = 0; i < count; i++)
        write_record(&w, &question, &answer, i);
    if (w.bad) {
        s5a_writer_init(&w, out, cap);
        write_header(&w, &question, FLAG_TRUNCATED | code, 0);
    }
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
    bool is_name = write_name(&w, name);
    s5a_write_u16(&w, type);
    s5a_write_u16(&w, class);
    return is_name && !w.bad ? s5a_writer_len(&w) : 0;
}

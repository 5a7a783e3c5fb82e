/* DNS messages answered. */
#include "shim/names/dns.h"

#include <arpa/nameser.h>
#include <sys/socket.h>

enum {
    TTL = 60, /* s; the map holds its answers far longer */
    NAME_OF_QUESTION = 0xc00c,
    TYPE_SVCB = 64,
    TYPE_HTTPS = 65,
    OPCODE = 0x7800,
};

static uint16_t code_of(enum s5a_names_outcome outcome)
{
    switch (outcome) {
    case S5A_NAMES_FOUND:
    case S5A_NAMES_NO_DATA:
        return ns_r_noerror;
    case S5A_NAMES_ABSENT:
        return ns_r_nxdomain;
    case S5A_NAMES_FULL:
    case S5A_NAMES_AGAIN:
        return ns_r_servfail;
    default:
        return ns_r_refused;
    }
}

/* The response code, and with NOERROR the records' data in `answer`. */
static uint16_t resolve(const struct s5a_names *names, const struct s5a_dns_question *question,
                        struct s5a_names_answer *answer)
{
    struct s5a_address ip;
    answer->count = 0;
    if ((question->flags & OPCODE) != 0)
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
        if (!s5a_dns_reverse(question->name, &ip))
            return ns_r_nxdomain;
        return code_of(s5a_names_find_address(names, &ip, answer));
    case TYPE_SVCB:
    case TYPE_HTTPS:
        return ns_r_noerror; /* no records: they would carry addresses */
    default:
        return ns_r_refused;
    }
}

static void write_record(struct s5a_writer *w, const struct s5a_dns_question *question,
                         const struct s5a_names_answer *answer, unsigned index)
{
    s5a_write_u16(w, NAME_OF_QUESTION);
    s5a_write_u16(w, question->type);
    s5a_write_u16(w, ns_c_in);
    s5a_write_u32(w, TTL);
    size_t mark = s5a_write_open16(w);
    if (question->type == ns_t_ptr)
        w->bad |= !s5a_dns_write_name(w, answer->canonical);
    else
        s5a_write_bytes(w, answer->list[index].ip, question->type == ns_t_a ? 4 : 16);
    s5a_write_close16(w, mark);
}

size_t s5a_dns_answer_question(const struct s5a_names *names,
                               const struct s5a_dns_question *question, void *out, size_t cap)
{
    struct s5a_names_answer answer;
    struct s5a_writer w;
    uint16_t code = resolve(names, question, &answer);
    unsigned count = code == ns_r_noerror ? answer.count : 0;
    s5a_writer_init(&w, out, cap);
    s5a_dns_write_header(&w, question, code, count);
    for (unsigned i = 0; i < count; i++)
        write_record(&w, question, &answer, i);
    s5a_dns_write_opt(&w, question);
    return w.bad ? s5a_dns_write_empty(question, S5A_DNS_TRUNCATED | code, out, cap)
                 : s5a_writer_len(&w);
}

size_t s5a_dns_answer(const struct s5a_names *names, struct s5a_span query, void *out, size_t cap)
{
    struct s5a_dns_question question;
    return s5a_dns_read(query, &question) ? s5a_dns_answer_question(names, &question, out, cap) : 0;
}

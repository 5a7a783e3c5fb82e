/* DNS messages, read and written (RFC 1035, RFC 6891). Pure. */
#pragma once

#include "protocol/address.h"

enum {
    S5A_DNS_QUERY_MAX = 12 + 255 + 4, /* header, name, type and class */
    S5A_DNS_UDP_LEAST = 512,          /* what everybody takes as a datagram */
    S5A_DNS_UDP_MOST = 1232,          /* what passes everywhere */
    S5A_DNS_OPT_LEN = 11,
    S5A_DNS_TRUNCATED = 0x0200, /* among the flags */
};

/* What is asked. */
struct s5a_dns_question {
    uint16_t id;
    uint16_t flags;
    struct s5a_span bytes; /* name, type, class; a view into the query */
    char name[S5A_NAME_MAX + 1];
    bool is_sayable; /* the name can be written with dots */
    uint16_t type;
    uint16_t class;
    bool has_edns;
    bool wants_dnssec;    /* the bit DO */
    uint16_t udp_size;    /* bytes that the asker takes as a datagram, 512 to 1232 */
    struct s5a_span rest; /* of the query, behind the question */
};

/* False where it is no query of one question. Labels of its name are not compressed. */
S5A_MUST_USE bool s5a_dns_read(struct s5a_span query, struct s5a_dns_question *out);
/* The names of reverse look-ups: false for another. */
S5A_MUST_USE bool s5a_dns_reverse(const char *name, struct s5a_address *out);
/* A name of 255 bytes with dots, and a final one or not; false where a label is empty or too long. */
S5A_MUST_USE bool s5a_dns_write_name(struct s5a_writer *w, const char *name);
/* Header and question of an answer with so many records; `flags`: response code and TRUNCATED. */
void s5a_dns_write_header(struct s5a_writer *w, const struct s5a_dns_question *question,
                          uint16_t flags, unsigned answers);
/* Behind all records: EDNS for who has used it. */
void s5a_dns_write_opt(struct s5a_writer *w, const struct s5a_dns_question *question);
/* An answer without records; its length, 0 where it does not fit. */
size_t s5a_dns_write_empty(const struct s5a_dns_question *question, uint16_t flags, void *out,
                           size_t cap);
/* Does the message answer the question: id, name, type and class? */
bool s5a_dns_is_answer(const struct s5a_dns_question *question, struct s5a_span message);
/* Makes the query for a name as the resolver library would (recursion desired, id 0); its length,
 * 0 where the name cannot be one. */
size_t s5a_dns_query(const char *name, uint16_t type, uint16_t class, void *out, size_t cap);

/* DNS messages (RFC 1035), answered from the hosts file, the map of names and, with dns = resolve, by
 * proxies: what the resolver library's functions and queries to port 53 get. */
#pragma once

#include "shim/names/dns_message.h"
#include "shim/names/names.h"

enum {
    /* enough for every answer */
    S5A_DNS_ANSWER_CAP = S5A_DNS_QUERY_MAX + S5A_DNS_OPT_LEN + S5A_NAMES_MAX * (12 + 255),
};

/* Answers the query: A, AAAA and PTR of class IN; SVCB and HTTPS with no records, since theirs lead
 * past the map; other types and classes with REFUSED. An answer that does not fit `cap` is cut to its
 * question and marked so (TC). Its length; 0 where the bytes are no query, or not even the question
 * fits. Preserves errno. */
size_t s5a_dns_answer(const struct s5a_names *names, struct s5a_span query, void *out, size_t cap);
/* The same of a query that has been read. */
size_t s5a_dns_answer_question(const struct s5a_names *names,
                               const struct s5a_dns_question *question, void *out, size_t cap);

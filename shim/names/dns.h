/* DNS messages (RFC 1035), answered from the hosts file and the map of names: what the resolver
 * library's functions and datagrams to port 53 get. */
#pragma once

#include "shim/names/names.h"

enum {
    S5A_DNS_QUERY_MAX = 12 + 255 + 4, /* header, name, type and class */
    /* enough for every answer */
    S5A_DNS_ANSWER_CAP = S5A_DNS_QUERY_MAX + S5A_NAMES_MAX * (12 + 255),
};

/* Answers the query: A, AAAA and PTR of class IN; other types and classes with REFUSED. An answer
 * that does not fit `cap` is cut to its question and marked so (TC). Its length; 0 where the
 * bytes are no query, or not even the question fits. Preserves errno. */
size_t s5a_dns_answer(const struct s5a_names *names, struct s5a_span query, void *out, size_t cap);
/* Makes the query for a name as the resolver library would (recursion desired, id 0); its length,
 * 0 where the name cannot be one. */
size_t s5a_dns_query(const char *name, uint16_t type, uint16_t class, void *out, size_t cap);

/* The resolver library's functions over answers of our own. */
#include "shim/names/res.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "shim/names/stub.h"

static int fail(res_state state, int error)
{
    h_errno = error;
    if (state != NULL)
        state->res_h_errno = error;
    return -1;
}

static bool join(const struct s5a_res_question *question, char *out, size_t cap)
{
    bool has_domain = question->domain != NULL && question->domain[0] != '\0';
    int len = snprintf(out, cap, "%s%s%s", question->name, has_domain ? "." : "",
                       has_domain ? question->domain : "");
    return len >= 0 && (size_t)len < cap;
}

/* h_errno for an answer, 0 where it has records. */
static int error_of(const unsigned char *answer)
{
    unsigned answers = (unsigned)answer[6] << 8 | answer[7];
    switch (answer[3] & 0x0f) {
    case ns_r_noerror:
        return answers > 0 ? 0 : NO_DATA;
    case ns_r_nxdomain:
        return HOST_NOT_FOUND;
    case ns_r_servfail:
        return TRY_AGAIN;
    default:
        return NO_RECOVERY;
    }
}

/* The first one of the library's state, which it reads from its own configuration. */
static struct s5a_target server_of(res_state state)
{
    struct s5a_target server = { s5a_address_none(), NS_DEFAULTPORT };
    struct __res_state *own = state != NULL ? state : &_res;
    if (state == NULL && (own->options & RES_INIT) == 0 && res_init() != 0)
        return server;
    struct sockaddr_in first = own->nsaddr_list[0];
    uint8_t ip[4];
    memcpy(ip, &first.sin_addr, sizeof(ip));
    if (own->nscount > 0 && first.sin_family == AF_INET)
        server.address = s5a_address_ipv4(ip);
    return server;
}

/* Types that neither hosts file nor map can answer go to that server, through a proxy. */
static size_t ask(const struct s5a_names *names, res_state state, struct s5a_span query,
                  unsigned char *answer, int cap)
{
    struct s5a_stub_query stub = { .bytes = query, .is_stream = true };
    if (s5a_stub_look(names, &stub) == S5A_STUB_LATER)
        stub.server = server_of(state);
    return s5a_stub_answer(names, &stub, answer, cap < 0 ? 0 : (size_t)cap);
}

int s5a_names_res_query(const struct s5a_names *names, res_state state,
                        const struct s5a_res_question *question, unsigned char *answer, int cap)
{
    char name[NS_MAXDNAME];
    uint8_t query[S5A_DNS_QUERY_MAX];
    if (!join(question, name, sizeof(name)))
        return fail(state, NO_RECOVERY);
    size_t len = s5a_dns_query(name, (uint16_t)question->type, (uint16_t)question->class, query,
                               sizeof(query));
    if (len == 0)
        return fail(state, NO_RECOVERY);
    len = ask(names, state, (struct s5a_span){ query, len }, answer, cap);
    if (len == 0)
        return fail(state, NO_RECOVERY);
    int error = error_of(answer);
    return error != 0 ? fail(state, error) : (int)len;
}

int s5a_names_res_send(const struct s5a_names *names, const unsigned char *query, int len,
                       unsigned char *answer, int cap)
{
    struct s5a_span message = { query, len < 0 ? 0 : (size_t)len };
    size_t answered = ask(names, NULL, message, answer, cap);
    if (answered > 0)
        return (int)answered;
    errno = EINVAL;
    return -1;
}

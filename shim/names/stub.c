/* What becomes of a query to port 53. */
#include "shim/names/stub.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <string.h>

#include "shim/names/stub_forward.h"

enum { TYPE_SVCB = 64, TYPE_HTTPS = 65, OPCODE = 0x7800 };

/* What the way of an answer depends on, and nothing that costs more than the hosts file. */
struct view {
    bool is_open; /* names may be known at all: there is a configuration, and not dns = deny */
    bool is_asked;
    struct s5a_dns_question question;
};

static bool see(const struct s5a_names *names, struct s5a_span query, struct view *out)
{
    const struct s5a_config *config = names->config();
    out->is_open = config != NULL && config->dns_mode != S5A_DNS_DENY;
    out->is_asked = s5a_names_are_asked(names);
    return s5a_dns_read(query, &out->question);
}

static bool is_plain(const struct s5a_dns_question *question)
{
    return (question->flags & OPCODE) == 0 && question->class == ns_c_in;
}

/* A reverse look-up that neither hosts file nor map can answer. */
static bool is_foreign_address(const struct s5a_names *names,
                               const struct s5a_dns_question *question)
{
    struct s5a_address ip;
    struct s5a_names_answer answer;
    return s5a_dns_reverse(question->name, &ip) && !s5a_fake_contains(names->config(), &ip) &&
           s5a_names_find_address(names, &ip, &answer) == S5A_NAMES_ABSENT;
}

/* Is it for the server that the program has named? */
static bool is_forwarded(const struct s5a_names *names, const struct view *v)
{
    if (!v->is_open || !is_plain(&v->question))
        return false;
    switch (v->question.type) {
    case ns_t_a:
    case ns_t_aaaa:
    case TYPE_SVCB:
    case TYPE_HTTPS:
    case ns_t_any: /* would tell addresses as well */
        return false;
    case ns_t_ptr:
        return !v->is_asked && is_foreign_address(names, &v->question);
    default:
        return true;
    }
}

/* What no cache would answer either: more messages than one, or of another kind. */
static bool is_beyond(const struct s5a_dns_question *question)
{
    bool is_internet = question->class == ns_c_in || question->class == ns_c_any;
    return (question->flags & OPCODE) != 0 || !is_internet || question->type == ns_t_axfr ||
           question->type == ns_t_ixfr;
}

enum s5a_stub_way s5a_stub_look(const struct s5a_names *names, const struct s5a_stub_query *query)
{
    struct view v;
    if (!see(names, query->bytes, &v))
        return query->is_stream ? S5A_STUB_BEYOND : S5A_STUB_SILENT;
    if (query->is_stream && is_beyond(&v.question))
        return S5A_STUB_BEYOND;
    bool is_look_up =
        v.question.type == ns_t_a || v.question.type == ns_t_aaaa || v.question.type == ns_t_ptr;
    if (v.is_asked && is_plain(&v.question) && is_look_up)
        return S5A_STUB_LATER;
    return is_forwarded(names, &v) ? S5A_STUB_LATER : S5A_STUB_NOW;
}

/* What does not fit is asked for once more, over TCP. */
static size_t put(const struct s5a_dns_question *question, struct s5a_span answer, uint8_t *out,
                  size_t room)
{
    if (answer.len > room)
        return s5a_dns_write_empty(question, S5A_DNS_TRUNCATED, out, room);
    memcpy(out, answer.at, answer.len);
    return answer.len;
}

/* 0: no proxy leads to the server, so it is as if there were none. */
static size_t forward(const struct s5a_names *names, const struct s5a_stub_query *query,
                      const struct s5a_dns_question *question, uint8_t *out, size_t room)
{
    struct s5a_stub_room *space = s5a_stub_room_new();
    int got = -ENOMEM;
    size_t len = 0;
    if (space != NULL)
        got = s5a_stub_forward(names->config(), query, space->bytes, sizeof space->bytes);
    struct s5a_span answer = { space != NULL ? space->bytes : NULL, got > 0 ? (size_t)got : 0 };
    if (answer.len > 0 && s5a_dns_is_answer(question, answer))
        len = put(question, answer, out, room);
    else if (got != -EACCES)
        len = s5a_dns_write_empty(question, ns_r_servfail, out, room);
    s5a_stub_room_free(space);
    return len;
}

size_t s5a_stub_answer(const struct s5a_names *names, const struct s5a_stub_query *query,
                       uint8_t *out, size_t cap)
{
    struct view v;
    size_t len = 0;
    if (!see(names, query->bytes, &v))
        return 0;
    size_t room = query->is_stream || v.question.udp_size > cap ? cap : v.question.udp_size;
    bool is_refused = query->is_stream && is_beyond(&v.question);
    if (!is_refused && is_forwarded(names, &v))
        len = forward(names, query, &v.question, out, room);
    return len > 0 ? len : s5a_dns_answer_question(names, &v.question, out, room);
}

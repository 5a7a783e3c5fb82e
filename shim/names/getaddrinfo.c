/* getaddrinfo without look-ups. */
#include "shim/names/getaddrinfo.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "shim/names/idn.h"
#include "shim/names/order.h"
#include "shim/real.h"

struct request {
    const struct s5a_names *names;
    const char *node;
    const char *service;
    struct addrinfo hints; /* the program's, or libc's default */
};

struct list {
    struct addrinfo *first;
    struct addrinfo **end;
};

static struct addrinfo hints_of(const struct addrinfo *hints)
{
    static const struct addrinfo by_default = { .ai_flags = AI_V4MAPPED | AI_ADDRCONFIG };
    return hints == NULL ? by_default : *hints;
}

/* The program's own flags in place of those that the real function was called with. */
static void restore_flags(const struct request *request, struct addrinfo *list)
{
    for (; list != NULL; list = list->ai_next)
        list->ai_flags = request->hints.ai_flags;
}

/* Everything that the real function can say without a look-up: literals, and wrong arguments.
 * EAI_NONAME: the node is a name, or AI_NUMERICSERV and a service that is none. */
static int try_literal(const struct request *request, struct addrinfo **list)
{
    struct addrinfo hints = request->hints;
    hints.ai_flags &= ~AI_ADDRCONFIG;
    hints.ai_flags |= AI_NUMERICHOST;
    int code = S5A_REAL(getaddrinfo)(request->node, request->service, &hints, list);
    if (code == 0)
        restore_flags(request, *list);
    return code;
}

static void set_address(struct addrinfo *entry, const struct s5a_address *address)
{
    void *at = address->type == S5A_ATYP_IPV4
                   ? (void *)&((struct sockaddr_in *)(void *)entry->ai_addr)->sin_addr
                   : (void *)&((struct sockaddr_in6 *)(void *)entry->ai_addr)->sin6_addr;
    memcpy(at, address->ip, address->type == S5A_ATYP_IPV4 ? 4 : 16);
}

/* Appends the entries of one address, one for each socket type: the real function's entries for
 * a literal, with the address put in. */
static int append(const struct request *request, const struct s5a_address *address,
                  struct list *list)
{
    struct addrinfo hints = request->hints;
    struct addrinfo *part = NULL;
    const char *literal = address->type == S5A_ATYP_IPV4 ? "0.0.0.0" : "::";
    hints.ai_family = address->type == S5A_ATYP_IPV4 ? AF_INET : AF_INET6;
    hints.ai_flags = AI_NUMERICHOST | (request->hints.ai_flags & AI_NUMERICSERV);
    int code = S5A_REAL(getaddrinfo)(literal, request->service, &hints, &part);
    if (code != 0)
        return code;
    restore_flags(request, part);
    *list->end = part;
    for (; part != NULL; part = part->ai_next) {
        set_address(part, address);
        list->end = &part->ai_next;
    }
    return 0;
}

static int set_canonical(const struct request *request, struct addrinfo *first,
                         const char *canonical)
{
    if ((request->hints.ai_flags & AI_CANONNAME) == 0)
        return 0;
    if ((request->hints.ai_flags & AI_CANONIDN) != 0 &&
        s5a_idn_from_dns(canonical, &first->ai_canonname) == 0)
        return 0;
    first->ai_canonname = strdup(canonical);
    return first->ai_canonname == NULL ? EAI_MEMORY : 0;
}

static int build(const struct request *request, const struct s5a_names_answer *answer,
                 struct addrinfo **out)
{
    struct list list = { .end = &list.first };
    int code = 0;
    for (unsigned i = 0; i < answer->count && code == 0; i++)
        code = append(request, &answer->list[i], &list);
    if (code == 0)
        code = set_canonical(request, list.first, answer->canonical);
    if (code == 0)
        *out = list.first;
    else if (list.first != NULL)
        freeaddrinfo(list.first);
    return code;
}

static struct s5a_address mapped(const struct s5a_address *v4)
{
    uint8_t ip[16] = { [10] = 0xff, [11] = 0xff };
    memcpy(ip + 12, v4->ip, 4);
    return s5a_address_ipv6(ip);
}

/* AI_V4MAPPED: IPv4 addresses of the hosts file for a program that wants IPv6, where there are no
 * others or AI_ALL asks for both. Names with fake addresses have one of each family anyway. */
static enum s5a_names_outcome add_mapped(const struct request *request, const char *name,
                                         enum s5a_names_outcome outcome,
                                         struct s5a_names_answer *answer)
{
    struct s5a_names_answer v4;
    bool wants_all = (request->hints.ai_flags & AI_ALL) != 0;
    if ((request->hints.ai_flags & AI_V4MAPPED) == 0 || answer->is_fake ||
        !(outcome == S5A_NAMES_NO_DATA || (outcome == S5A_NAMES_FOUND && wants_all)) ||
        s5a_names_find(request->names, name, AF_INET, &v4) != S5A_NAMES_FOUND)
        return outcome;
    for (unsigned i = 0; i < v4.count && answer->count < S5A_NAMES_MAX; i++)
        answer->list[answer->count++] = mapped(&v4.list[i]);
    if (outcome != S5A_NAMES_FOUND)
        strcpy(answer->canonical, v4.canonical);
    return S5A_NAMES_FOUND;
}

static bool is_seen(int family, const char *literal)
{
    struct addrinfo *list = NULL;
    struct addrinfo hints = { .ai_flags = AI_ADDRCONFIG | AI_NUMERICHOST, .ai_family = family };
    if (S5A_REAL(getaddrinfo)(literal, NULL, &hints, &list) != 0)
        return false;
    freeaddrinfo(list);
    return true;
}

/* AI_ADDRCONFIG for addresses of the hosts file, which this host itself must reach: without a
 * configured address of one family, the other family's alone. */
static void drop_unconfigured(const struct request *request, struct s5a_names_answer *answer)
{
    if ((request->hints.ai_flags & AI_ADDRCONFIG) == 0 || request->hints.ai_family != AF_UNSPEC ||
        answer->count < 2)
        return;
    bool has_v4 = is_seen(AF_INET, "0.0.0.0");
    if (has_v4 == is_seen(AF_INET6, "::"))
        return;
    unsigned kept = 0;
    for (unsigned i = 0; i < answer->count; i++)
        if ((answer->list[i].type == S5A_ATYP_IPV4) == has_v4)
            answer->list[kept++] = answer->list[i];
    answer->count = kept > 0 ? kept : answer->count;
}

static int code_of(enum s5a_names_outcome outcome)
{
    switch (outcome) {
    case S5A_NAMES_FOUND:
        return 0;
    case S5A_NAMES_FULL:
    case S5A_NAMES_AGAIN:
        return EAI_AGAIN;
    default: /* what programs take for final */
        return EAI_NONAME;
    }
}

static int answer_name(const struct request *request, const char *name, struct addrinfo **list)
{
    struct s5a_names_answer answer;
    int family = request->hints.ai_family;
    enum s5a_names_outcome outcome = s5a_names_find(request->names, name, family, &answer);
    if (family == AF_INET6)
        outcome = add_mapped(request, name, outcome, &answer);
    if (outcome != S5A_NAMES_FOUND)
        return code_of(outcome);
    drop_unconfigured(request, &answer);
    s5a_names_order(&answer);
    return build(request, &answer, list);
}

/* Service and socket type are right? As libc does, before the name is looked at. */
static int check_service(const struct request *request)
{
    struct addrinfo hints = request->hints;
    struct addrinfo *list = NULL;
    hints.ai_family = AF_UNSPEC;
    hints.ai_flags = AI_NUMERICHOST | (request->hints.ai_flags & AI_NUMERICSERV);
    int code = S5A_REAL(getaddrinfo)("0.0.0.0", request->service, &hints, &list);
    if (code == 0)
        freeaddrinfo(list);
    return code;
}

static int answer_node(const struct request *request, struct addrinfo **list)
{
    char *ascii = NULL;
    int code = check_service(request);
    if (code == 0 && (request->hints.ai_flags & AI_IDN) != 0)
        code = s5a_idn_to_dns(request->node, &ascii);
    if (code == 0)
        code = answer_name(request, ascii == NULL ? request->node : ascii, list);
    free(ascii);
    return code;
}

int s5a_names_getaddrinfo(const struct s5a_names *names, const char *node, const char *service,
                          const struct addrinfo *hints, struct addrinfo **list)
{
    int saved = errno;
    struct request request = { names, node, service, hints_of(hints) };
    if (node == NULL || strcmp(node, "*") == 0)
        return S5A_REAL(getaddrinfo)(node, service, hints, list);
    int code = try_literal(&request, list);
    if (code == EAI_NONAME && (request.hints.ai_flags & AI_NUMERICHOST) == 0) {
        if (s5a_names_are_local(names))
            return S5A_REAL(getaddrinfo)(node, service, hints, list);
        code = answer_node(&request, list);
    }
    if (code != EAI_SYSTEM)
        errno = saved;
    return code;
}

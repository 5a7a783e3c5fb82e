/* Names asked of proxies. */
#include "shim/names/lookup.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "client/clock.h"
#include "client/names/plausible.h"
#include "client/word.h"
#include "shim/names/host_name.h"
#include "shim/names/lookup_cache.h"
#include "shim/names/lookup_lines.h"
#include "shim/names/names_answer.h"
#include "shim/real.h"

/* What is asked, for whatever way it goes. */
struct inquiry {
    const struct s5a_config *config;
    struct s5a_address subject; /* a name, or an address in its place */
    struct s5a_answers answers;
};

static enum s5a_names_outcome failed(const struct inquiry *q, const struct s5a_chain_report *report,
                                     int error, enum s5a_names_outcome outcome)
{
    char text[S5A_ADDRESS_TEXT_CAP];
    s5a_address_format(&q->subject, text, sizeof text);
    s5a_log(S5A_LOG_INFO, "look-up of %s through %s: %s (%s)", text, report->proxy->where,
            report->reason, strerrordesc_np(error));
    return outcome;
}

static enum s5a_names_outcome unable(const struct inquiry *q, const struct s5a_proxy *proxy)
{
    char text[S5A_ADDRESS_TEXT_CAP];
    s5a_address_format(&q->subject, text, sizeof text);
    s5a_log(
        S5A_LOG_WARNING,
        "look-up of %s: %s resolves no names, as dns = resolve needs (SOCKS5a, or resolve = tor)",
        text, proxy->where);
    return S5A_NAMES_DENIED;
}

/* What a refusal says of the name; others may be over soon. */
static enum s5a_names_outcome outcome_of(int rep)
{
    if (rep == S5A_REP_HOST_UNREACHABLE)
        return S5A_NAMES_ABSENT;
    return rep == S5A_REP_NOT_ALLOWED ? S5A_NAMES_DENIED : S5A_NAMES_AGAIN;
}

/* The proxy's word on it (profile, section 5). */
static enum s5a_names_outcome ask_proxy(struct inquiry *q, const struct s5a_proxy *proxy)
{
    struct s5a_chain_report report = { .proxy = proxy, .rep = -1 };
    bool is_reverse = q->subject.type != S5A_ATYP_NAME;
    struct s5a_ask ask = s5a_ask_nothing();
    ask.answers = &q->answers;
    ask.request.address = q->subject;
    ask.request.command = S5A_CMD_DNS_RESOLVE;
    if (s5a_proxy_eaf_method(proxy) < 0)
        ask.request.command = is_reverse ? S5A_CMD_TOR_RESOLVE_PTR : S5A_CMD_TOR_RESOLVE;
    if (s5a_proxy_eaf_method(proxy) < 0 && !proxy->is_tor)
        return unable(q, proxy);
    int result = s5a_lookup_ask(q->config, proxy, &ask, &report);
    if (result == 0)
        return S5A_NAMES_FOUND;
    if (result == -EOPNOTSUPP && report.rep < 0)
        return unable(q, proxy);
    return failed(q, &report, -result, outcome_of(report.rep));
}

static struct s5a_route route_of(const struct inquiry *q)
{
    struct s5a_target target = { q->subject, 0 };
    return s5a_config_route(q->config, &target, S5A_TCP);
}

static enum s5a_names_outcome denied(const struct inquiry *q, const char *rule)
{
    char text[S5A_ADDRESS_TEXT_CAP];
    s5a_address_format(&q->subject, text, sizeof text);
    s5a_log(S5A_LOG_INFO, "look-up of %s: denied (%s)", text, rule);
    return S5A_NAMES_DENIED;
}

/* ---- names ---- */

static void add(struct s5a_lookup *lookup, const struct s5a_address *address)
{
    if (lookup->count < S5A_NAMES_MAX)
        lookup->list[lookup->count++] = *address;
}

static void add_socket_address(struct s5a_lookup *lookup, const struct sockaddr *from)
{
    struct s5a_address address;
    if (from->sa_family == AF_INET)
        address = s5a_address_ipv4(
            (const void *)&((const struct sockaddr_in *)(const void *)from)->sin_addr);
    else if (from->sa_family == AF_INET6)
        address =
            s5a_address_ipv6(((const struct sockaddr_in6 *)(const void *)from)->sin6_addr.s6_addr);
    else
        return;
    add(lookup, &address);
}

static enum s5a_names_outcome ask_system(const char *name, struct s5a_lookup *lookup)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
    int code = S5A_REAL(getaddrinfo)(name, NULL, &hints, &list);
    for (const struct addrinfo *at = list; at != NULL; at = at->ai_next)
        add_socket_address(lookup, at->ai_addr);
    if (list != NULL)
        freeaddrinfo(list);
    if (code == EAI_AGAIN || code == EAI_SYSTEM || code == EAI_MEMORY)
        return S5A_NAMES_AGAIN;
    return lookup->count > 0 ? S5A_NAMES_FOUND : S5A_NAMES_ABSENT;
}

/* Addresses alone, and of those what the program may be led to. */
static enum s5a_names_outcome sift(const struct inquiry *q, struct s5a_lookup *lookup)
{
    for (unsigned i = 0; i < q->answers.count; i++) {
        const struct s5a_address *address = &q->answers.list[i];
        bool is_ip = address->type == S5A_ATYP_IPV4 || address->type == S5A_ATYP_IPV6;
        if (is_ip && (q->config->dns_any_answer || s5a_address_is_plausible(address)))
            add(lookup, address);
    }
    if (lookup->count == 0 && q->answers.count > 0)
        s5a_log(S5A_LOG_WARNING,
                "look-up of %.*s: all answers lead to this machine or network, dropped",
                (int)q->subject.text.len, (const char *)q->subject.text.at);
    return lookup->count > 0 ? S5A_NAMES_FOUND : S5A_NAMES_ABSENT;
}

static enum s5a_names_outcome ask_anybody(struct inquiry *q, const char *name,
                                          struct s5a_lookup *lookup)
{
    struct s5a_route route = route_of(q);
    if (route.verdict == S5A_ROUTE_DIRECT)
        return ask_system(name, lookup);
    if (route.verdict == S5A_ROUTE_DENY)
        return denied(q, route.rule);
    enum s5a_names_outcome outcome = ask_proxy(q, route.proxy);
    return outcome == S5A_NAMES_FOUND ? sift(q, lookup) : outcome;
}

/* Those of the family; NO_DATA where there are others alone. */
static enum s5a_names_outcome pick(const struct s5a_lookup *lookup, int family,
                                   struct s5a_names_answer *out)
{
    for (unsigned i = 0; i < lookup->count; i++) {
        int its = lookup->list[i].type == S5A_ATYP_IPV4 ? AF_INET : AF_INET6;
        if (family == AF_UNSPEC || family == its)
            out->list[out->count++] = lookup->list[i];
    }
    if (lookup->outcome != S5A_NAMES_FOUND)
        return lookup->outcome;
    return out->count > 0 ? S5A_NAMES_FOUND : S5A_NAMES_NO_DATA;
}

enum s5a_names_outcome s5a_lookup_name(const struct s5a_config *config, const char *name,
                                       int family, struct s5a_names_answer *out)
{
    struct s5a_lookup lookup = { .count = 0 };
    struct inquiry q = { .config = config, .subject = s5a_address_none() };
    if (!s5a_lookup_recall(name, s5a_now(), &lookup)) {
        q.subject.type = S5A_ATYP_NAME;
        q.subject.text = s5a_word(name);
        lookup.outcome = ask_anybody(&q, name, &lookup);
        if (lookup.outcome == S5A_NAMES_FOUND || lookup.outcome == S5A_NAMES_ABSENT)
            s5a_lookup_keep(name, s5a_now(), &lookup);
    }
    strcpy(out->canonical, name);
    return pick(&lookup, family, out);
}

/* ---- addresses ---- */

static enum s5a_names_outcome ask_system_back(const struct s5a_address *address,
                                              struct s5a_names_answer *out)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
    bool is_v4 = address->type == S5A_ATYP_IPV4;
    memcpy(&v4.sin_addr, address->ip, sizeof v4.sin_addr);
    memcpy(&v6.sin6_addr, address->ip, sizeof v6.sin6_addr);
    int code = S5A_REAL(getnameinfo)(
        is_v4 ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6,
        is_v4 ? sizeof v4 : sizeof v6, out->canonical, sizeof out->canonical, NULL, 0, NI_NAMEREQD);
    if (code == 0)
        return S5A_NAMES_FOUND;
    out->canonical[0] = '\0';
    return code == EAI_NONAME ? S5A_NAMES_ABSENT : S5A_NAMES_AGAIN;
}

/* Programs print names and use them as words: what no name server may say is left out, as in libc. */
static void take_name(struct s5a_names_answer *out, const char *name)
{
    char text[S5A_NAME_MAX + 1];
    if (s5a_host_name_trim(name, text) && s5a_is_host_name(text))
        s5a_names_add(out, text);
}

enum s5a_names_outcome s5a_lookup_address(const struct s5a_config *config,
                                          const struct s5a_address *address,
                                          struct s5a_names_answer *out)
{
    struct inquiry q = { .config = config, .subject = *address };
    struct s5a_route route = route_of(&q);
    if (route.verdict == S5A_ROUTE_DIRECT)
        return ask_system_back(address, out);
    if (route.verdict == S5A_ROUTE_DENY)
        return denied(&q, route.rule);
    if (!s5a_address_is_plausible(address))
        return S5A_NAMES_ABSENT; /* another one there than here */
    enum s5a_names_outcome outcome = ask_proxy(&q, route.proxy);
    if (outcome != S5A_NAMES_FOUND)
        return outcome;
    take_name(out, q.answers.name);
    for (size_t at = 0; at < q.answers.more_len; at += strlen(q.answers.more + at) + 1)
        take_name(out, q.answers.more + at);
    return out->canonical[0] != '\0' ? S5A_NAMES_FOUND : S5A_NAMES_ABSENT;
}

/* Exports: the functions that look names and addresses of hosts up. */
#include <netdb.h>
#include <resolv.h>

#include "shim/exported.h"
#include "shim/names/async.h"
#include "shim/names/getaddrinfo.h"
#include "shim/names/hostent.h"
#include "shim/names/nameinfo.h"
#include "shim/names/res.h"
#include "shim/real.h"
#include "shim/names/resolver_twins.h"

static bool is_local(void)
{
    return s5a_names_are_local(s5a_names_of_process());
}

/* ---- getaddrinfo, getnameinfo ---- */

S5A_EXPORTED int getaddrinfo(const char *restrict node, const char *restrict service,
                             const struct addrinfo *restrict hints, struct addrinfo **restrict list)
{
    return s5a_names_getaddrinfo(s5a_names_of_process(), node, service, hints, list);
}

S5A_EXPORTED int getaddrinfo_a(int mode, struct gaicb *requests[], int count,
                               struct sigevent *event)
{
    return s5a_names_getaddrinfo_a(s5a_names_of_process(), mode, requests, count, event);
}

S5A_EXPORTED int gai_suspend(const struct gaicb *const requests[], int count,
                             const struct timespec *timeout)
{
    if (is_local())
        return S5A_REAL(gai_suspend)(requests, count, timeout);
    return s5a_names_gai_suspend(requests, count, timeout);
}

S5A_EXPORTED int gai_cancel(struct gaicb *request)
{
    return is_local() ? S5A_REAL(gai_cancel)(request) : s5a_names_gai_cancel(request);
}

S5A_EXPORTED int getnameinfo(const struct sockaddr *restrict address, socklen_t address_len,
                             char *restrict host, socklen_t host_len, char *restrict service,
                             socklen_t service_len, int flags)
{
    if (host == NULL || host_len == 0 || (flags & NI_NUMERICHOST) != 0 || is_local())
        return S5A_REAL(getnameinfo)(address, address_len, host, host_len, service, service_len,
                                     flags);
    return s5a_names_getnameinfo(s5a_names_of_process(), address, address_len, host, host_len,
                                 service, service_len, flags);
}

/* ---- gethostbyname, gethostbyaddr ---- */

S5A_EXPORTED struct hostent *gethostbyname(const char *name)
{
    if (is_local())
        return S5A_REAL(gethostbyname)(name);
    return s5a_names_static_by_name(s5a_names_of_process(), name, AF_INET);
}

S5A_EXPORTED struct hostent *gethostbyname2(const char *name, int family)
{
    if (is_local())
        return S5A_REAL(gethostbyname2)(name, family);
    return s5a_names_static_by_name(s5a_names_of_process(), name, family);
}

S5A_EXPORTED struct hostent *gethostbyaddr(const void *address, socklen_t len, int family)
{
    if (is_local())
        return S5A_REAL(gethostbyaddr)(address, len, family);
    return s5a_names_static_by_address(s5a_names_of_process(), address, len, family);
}

S5A_EXPORTED int gethostbyname_r(const char *restrict name, struct hostent *restrict entry,
                                 char *restrict bytes, size_t len, struct hostent **restrict result,
                                 int *restrict error)
{
    struct s5a_hostent_place place = { entry, bytes, len, result, error };
    if (is_local())
        return S5A_REAL(gethostbyname_r)(name, entry, bytes, len, result, error);
    return s5a_names_hostent_by_name(s5a_names_of_process(), name, AF_INET, &place);
}

S5A_EXPORTED int gethostbyname2_r(const char *restrict name, int family,
                                  struct hostent *restrict entry, char *restrict bytes, size_t len,
                                  struct hostent **restrict result, int *restrict error)
{
    struct s5a_hostent_place place = { entry, bytes, len, result, error };
    if (is_local())
        return S5A_REAL(gethostbyname2_r)(name, family, entry, bytes, len, result, error);
    return s5a_names_hostent_by_name(s5a_names_of_process(), name, family, &place);
}

S5A_EXPORTED int gethostbyaddr_r(const void *restrict address, socklen_t address_len, int family,
                                 struct hostent *restrict entry, char *restrict bytes, size_t len,
                                 struct hostent **restrict result, int *restrict error)
{
    struct s5a_hostent_place place = { entry, bytes, len, result, error };
    if (is_local())
        return S5A_REAL(gethostbyaddr_r)(address, address_len, family, entry, bytes, len, result,
                                         error);
    return s5a_names_hostent_by_address(s5a_names_of_process(), address, address_len, family,
                                        &place);
}

/* ---- the resolver library ---- */

S5A_EXPORTED int res_query(const char *name, int class, int type, unsigned char *answer, int cap)
{
    struct s5a_res_question question = { name, NULL, class, type };
    if (is_local())
        return S5A_REAL(res_query)(name, class, type, answer, cap);
    return s5a_names_res_query(s5a_names_of_process(), NULL, &question, answer, cap);
}

S5A_EXPORTED int res_search(const char *name, int class, int type, unsigned char *answer, int cap)
{
    struct s5a_res_question question = { name, NULL, class, type };
    if (is_local())
        return S5A_REAL(res_search)(name, class, type, answer, cap);
    return s5a_names_res_query(s5a_names_of_process(), NULL, &question, answer, cap);
}

S5A_EXPORTED int res_querydomain(const char *name, const char *domain, int class, int type,
                                 unsigned char *answer, int cap)
{
    struct s5a_res_question question = { name, domain, class, type };
    if (is_local())
        return S5A_REAL(res_querydomain)(name, domain, class, type, answer, cap);
    return s5a_names_res_query(s5a_names_of_process(), NULL, &question, answer, cap);
}

S5A_EXPORTED int res_send(const unsigned char *query, int len, unsigned char *answer, int cap)
{
    if (is_local())
        return S5A_REAL(res_send)(query, len, answer, cap);
    return s5a_names_res_send(s5a_names_of_process(), query, len, answer, cap);
}

S5A_EXPORTED int res_nquery(res_state state, const char *name, int class, int type,
                            unsigned char *answer, int cap)
{
    struct s5a_res_question question = { name, NULL, class, type };
    if (is_local())
        return S5A_REAL(res_nquery)(state, name, class, type, answer, cap);
    return s5a_names_res_query(s5a_names_of_process(), state, &question, answer, cap);
}

S5A_EXPORTED int res_nsearch(res_state state, const char *name, int class, int type,
                             unsigned char *answer, int cap)
{
    struct s5a_res_question question = { name, NULL, class, type };
    if (is_local())
        return S5A_REAL(res_nsearch)(state, name, class, type, answer, cap);
    return s5a_names_res_query(s5a_names_of_process(), state, &question, answer, cap);
}

S5A_EXPORTED int res_nquerydomain(res_state state, const char *name, const char *domain, int class,
                                  int type, unsigned char *answer, int cap)
{
    struct s5a_res_question question = { name, domain, class, type };
    if (is_local())
        return S5A_REAL(res_nquerydomain)(state, name, domain, class, type, answer, cap);
    return s5a_names_res_query(s5a_names_of_process(), state, &question, answer, cap);
}

S5A_EXPORTED int res_nsend(res_state state, const unsigned char *query, int len,
                           unsigned char *answer, int cap)
{
    if (is_local())
        return S5A_REAL(res_nsend)(state, query, len, answer, cap);
    return s5a_names_res_send(s5a_names_of_process(), query, len, answer, cap);
}

#define TWIN(name) S5A_EXPORTED __typeof__(name) __##name __attribute__((alias(#name)))
TWIN(res_query);
TWIN(res_search);
TWIN(res_querydomain);
TWIN(res_send);
TWIN(res_nquery);
TWIN(res_nsearch);
TWIN(res_nquerydomain);
TWIN(res_nsend);

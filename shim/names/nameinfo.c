/* getnameinfo without look-ups. */
#include "shim/names/nameinfo.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "shim/names/idn.h"
#include "shim/real.h"

enum {
    KNOWN_FLAGS = NI_NUMERICHOST | NI_NUMERICSERV | NI_NOFQDN | NI_NAMEREQD | NI_DGRAM | NI_IDN,
};

static bool read_address(const struct sockaddr *from, socklen_t len, struct s5a_address *out)
{
    uint8_t ip[16];
    if (from == NULL || len < sizeof(sa_family_t))
        return false;
    if (from->sa_family == AF_INET && len >= sizeof(struct sockaddr_in)) {
        memcpy(ip, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
        *out = s5a_address_ipv4(ip);
        return true;
    }
    if (from->sa_family == AF_INET6 && len >= sizeof(struct sockaddr_in6)) {
        memcpy(ip, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
        *out = s5a_address_ipv6(ip);
        return true;
    }
    return false;
}

static int write_host(const char *name, int flags, char *host, socklen_t host_len)
{
    char *readable = NULL;
    if ((flags & NI_IDN) != 0 && s5a_idn_from_dns(name, &readable) == 0)
        name = readable;
    size_t len = strlen(name) + 1;
    int code = len <= host_len ? 0 : EAI_OVERFLOW;
    if (code == 0)
        memcpy(host, name, len);
    free(readable);
    return code;
}

int s5a_names_getnameinfo(const struct s5a_names *names, const struct sockaddr *address,
                          socklen_t address_len, char *host, socklen_t host_len, char *service,
                          socklen_t service_len, int flags)
{
    struct s5a_address ip;
    struct s5a_names_answer answer;
    bool wants_name = host != NULL && host_len > 0 && (flags & NI_NUMERICHOST) == 0;
    if (!wants_name || (flags & ~KNOWN_FLAGS) != 0 || !read_address(address, address_len, &ip))
        return S5A_REAL(getnameinfo)(address, address_len, host, host_len, service, service_len,
                                     flags);
    enum s5a_names_outcome outcome = s5a_names_find_address(names, &ip, &answer);
    if (outcome != S5A_NAMES_FOUND) {
        if ((flags & NI_NAMEREQD) != 0)
            return outcome == S5A_NAMES_AGAIN ? EAI_AGAIN : EAI_NONAME;
        return S5A_REAL(getnameinfo)(address, address_len, host, host_len, service, service_len,
                                     flags | NI_NUMERICHOST);
    }
    int code = write_host(answer.canonical, flags, host, host_len);
    if (code != 0 || service == NULL || service_len == 0)
        return code;
    return S5A_REAL(getnameinfo)(address, address_len, NULL, 0, service, service_len,
                                 (flags & ~NI_NAMEREQD) | NI_NUMERICHOST);
}

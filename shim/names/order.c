/* Order of destination addresses. */
#include "shim/names/order.h"

#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "shim/real.h"

/* Of RFC 3484's policy table, which libc has by default. */
static int precedence(const struct s5a_address *address)
{
    static const uint8_t loopback[16] = { [15] = 1 };
    if (address->type == S5A_ATYP_IPV4)
        return 10;
    if (memcmp(address->ip, loopback, sizeof(loopback)) == 0)
        return 50;
    return address->ip[0] == 0x20 && address->ip[1] == 0x02 ? 30 : 40;
}

static bool has_route_from(int fd, const struct s5a_address *address)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(9) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(9) };
    memcpy(&v4.sin_addr, address->ip, sizeof(v4.sin_addr));
    memcpy(&v6.sin6_addr, address->ip, sizeof(v6.sin6_addr));
    if (address->type == S5A_ATYP_IPV4)
        return S5A_REAL(connect)(fd, (const struct sockaddr *)&v4, sizeof(v4)) == 0;
    return S5A_REAL(connect)(fd, (const struct sockaddr *)&v6, sizeof(v6)) == 0;
}

static bool has_route(const struct s5a_address *address)
{
    int family = address->type == S5A_ATYP_IPV4 ? AF_INET : AF_INET6;
    int fd = S5A_REAL(socket)(family, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
    if (fd < 0)
        return false;
    bool found = has_route_from(fd, address);
    close(fd);
    return found;
}

void s5a_names_order(struct s5a_names_answer *answer)
{
    int rank[S5A_NAMES_MAX];
    if (answer->count < 2)
        return;
    for (unsigned i = 0; i < answer->count; i++)
        rank[i] = precedence(&answer->list[i]) + (has_route(&answer->list[i]) ? 100 : 0);
    for (unsigned i = 1; i < answer->count; i++) {
        for (unsigned j = i; j > 0 && rank[j] > rank[j - 1]; j--) {
            struct s5a_address address = answer->list[j];
            int moved = rank[j];
            answer->list[j] = answer->list[j - 1];
            rank[j] = rank[j - 1];
            answer->list[j - 1] = address;
            rank[j - 1] = moved;
        }
    }
}

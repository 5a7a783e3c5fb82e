/* From socket addresses to targets. */
#include "shim/sockets/target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "shim/runtime.h"

/* The kernel takes IPv6 addresses without their scope id (RFC 2133), too. */
enum { SIN6_LEN_RFC2133 = offsetof(struct sockaddr_in6, sin6_scope_id) };

void s5a_named_copy(struct s5a_named_target *to, const struct s5a_named_target *from)
{
    *to = *from;
    if (from->target.address.text.at == (const uint8_t *)from->name)
        to->target.address.text.at = (const uint8_t *)to->name;
}

bool s5a_is_inet(const struct sockaddr *address, socklen_t len)
{
    if (address == NULL || len < sizeof address->sa_family)
        return false;
    return (address->sa_family == AF_INET && len >= sizeof(struct sockaddr_in)) ||
           (address->sa_family == AF_INET6 && len >= SIN6_LEN_RFC2133);
}

bool s5a_target_is_link_scoped(const struct s5a_target *target)
{
    static const uint8_t broadcast[4] = { 255, 255, 255, 255 };
    const uint8_t *ip = target->address.ip;
    if (target->address.type == S5A_ATYP_IPV4)
        return (ip[0] & 0xf0) == 224 || (ip[0] == 169 && ip[1] == 254) ||
               memcmp(ip, broadcast, sizeof broadcast) == 0;
    return target->address.type == S5A_ATYP_IPV6 &&
           (ip[0] == 0xff || (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80));
}

static int name_of_fake(struct s5a_named_target *out)
{
    struct s5a_fakemap *map = s5a_runtime_fakemap();
    size_t len = map == NULL ? 0 : s5a_fakemap_name(map, &out->target.address, out->name);
    if (len == 0)
        return -EHOSTUNREACH;
    out->target.address = s5a_address_none();
    out->target.address.type = S5A_ATYP_NAME;
    out->target.address.text = (struct s5a_span){ (const uint8_t *)out->name, len };
    return 0;
}

int s5a_target_read(const struct s5a_config *config, const struct sockaddr *address, socklen_t len,
                    struct s5a_named_target *out)
{
    size_t whole =
        address->sa_family == AF_INET ? sizeof out->as_given.v4 : sizeof out->as_given.v6;
    memset(&out->as_given, 0, sizeof out->as_given);
    memcpy(&out->as_given, address, len < whole ? len : whole);
    out->target.port = ntohs(out->as_given.family == AF_INET ? out->as_given.v4.sin_port
                                                             : out->as_given.v6.sin6_port);
    out->target.address = s5a_inet_address(&out->as_given);
    if (s5a_fake_contains(config, &out->target.address))
        return name_of_fake(out);
    return 0;
}

void s5a_target_format(const struct s5a_target *target, char *out, size_t cap)
{
    char host[S5A_ADDRESS_TEXT_CAP];
    bool has_port = target->address.type != S5A_ATYP_UNIX &&
                    target->address.type != S5A_ATYP_ABSTRACT &&
                    target->address.type != S5A_ATYP_URL;
    s5a_address_format(&target->address, host, sizeof host);
    if (!has_port) {
        snprintf(out, cap, "%s", host);
        return;
    }
    snprintf(out, cap, target->address.type == S5A_ATYP_IPV6 ? "[%s]:%u" : "%s:%u", host,
             (unsigned)target->port);
}

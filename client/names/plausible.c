/* Answers that lead to where the program itself is. */
#include "client/names/plausible.h"

#include <string.h>

#include "client/routes/prefix.h"
#include "client/routes/rules.h"

static bool is_multicast_or_link4(const uint8_t *ip)
{
    static const uint8_t broadcast[4] = { 255, 255, 255, 255 };
    return ip[0] == 0 || (ip[0] & 0xf0) == 224 || (ip[0] == 169 && ip[1] == 254) ||
           memcmp(ip, broadcast, sizeof broadcast) == 0;
}

static bool is_multicast_or_link6(const uint8_t *ip)
{
    return ip[0] == 0xff || (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80);
}

bool s5a_address_is_plausible(const struct s5a_address *address)
{
    struct s5a_address plain = s5a_address_unmapped(address);
    if (s5a_address_is_loopback(&plain))
        return false;
    if (plain.type == S5A_ATYP_IPV4)
        return !is_multicast_or_link4(plain.ip);
    return plain.type == S5A_ATYP_IPV6 && !is_multicast_or_link6(plain.ip);
}

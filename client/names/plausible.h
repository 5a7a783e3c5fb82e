/* What a proxy may say that a name stands for (profile, section 10). */
#pragma once

#include "protocol/address.h"

/* False for loopback, link-local, multicast, broadcast and unspecified addresses, v4-mapped ones too:
 * answers that would lead a program to its own machine or network. True for all other IPs. */
bool s5a_address_is_plausible(const struct s5a_address *address);

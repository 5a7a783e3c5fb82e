/* Between the table of peers and its form in the environment. */
#pragma once

#include "shim/sockets/peers.h"

bool s5a_peers_find_cookie(uint64_t cookie, struct s5a_peer *out);
/* Calls `put` for each well-formed entry of the SOCKS5A_PEERS that this process was started with. */
void s5a_peers_parse(bool (*put)(const struct s5a_peer *peer));

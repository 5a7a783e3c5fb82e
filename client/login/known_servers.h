/* Proxies whose keys were accepted: `known_servers` in the state directory, a line for each,
 * "KEY PLACE" (profile, section 2.8). */
#pragma once

#include <stdbool.h>

#include "protocol/attributes.h"
#include "protocol/crypto/hash.h"

#define S5A_KNOWN_SERVERS "known_servers"

/* The key of the proxy at this place; false where none is known. Reads one small file. */
S5A_MUST_USE bool s5a_known_find(const char *state_dir, const char *where,
                                 uint8_t key[static S5A_KEY_LEN]);
/* Keeps the first key of that place. 0 or -errno; -EEXIST where another one is known, which nobody
 * but a person may replace. */
S5A_MUST_USE int s5a_known_put(const char *state_dir, const char *where,
                               const uint8_t key[static S5A_KEY_LEN]);
/* True where a key was kept in this very process (section 2.8, the last sentence). */
bool s5a_known_is_new(const uint8_t key[static S5A_KEY_LEN]);

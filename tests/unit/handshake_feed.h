/* Bytes off the wire into the server's handshake, for tests and fuzzers. */
#pragma once

#include <string.h>

#include "server/handshake.h"

/* As much of `bytes` as fits; says how much that was. The caller advances. */
static inline size_t handshake_feed(struct s5ad_handshake *hs, struct s5a_span bytes)
{
    size_t room;
    uint8_t *space = s5ad_handshake_space(hs, &room);
    size_t len = bytes.len < room ? bytes.len : room;
    if (len > 0)
        memcpy(space, bytes.at, len);
    s5ad_handshake_commit(hs, len);
    return len;
}

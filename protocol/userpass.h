/* User name and password (RFC 1929), method 02. */
#pragma once

#include "protocol/bytes.h"
#include "protocol/status.h"

enum { S5A_USERPASS_MAX = 3 + 255 + 255, S5A_USERPASS_STATUS_LEN = 2 };

/* Views of 0–255 bytes; some servers take empty ones, so the codec does. Wipe what they view. */
struct s5a_userpass {
    struct s5a_span user;
    struct s5a_span password;
};

/* Stream decoders: the reader moves only on OK; INCOMPLETE, or MALFORMED for another VER. */
S5A_MUST_USE enum s5a_status s5a_userpass_decode(struct s5a_reader *r, struct s5a_userpass *out);
/* `*status` is 0 for success, anything else for failure. VER may be 01, or 05, which servers in
 * the field send. */
S5A_MUST_USE enum s5a_status s5a_userpass_status_decode(struct s5a_reader *r, uint8_t *status);
void s5a_userpass_encode(struct s5a_writer *w, const struct s5a_userpass *userpass);
void s5a_userpass_status_encode(struct s5a_writer *w, uint8_t status);

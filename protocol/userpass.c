/* User name and password, RFC 1929. */
#include "protocol/userpass.h"

#include <stdbool.h>

enum { USERPASS_VERSION = 0x01, SOCKS_VERSION = 0x05 };

enum s5a_status s5a_userpass_decode(struct s5a_reader *r, struct s5a_userpass *out)
{
    struct s5a_reader at = *r;
    struct s5a_userpass userpass = { 0 };
    *out = userpass;
    uint8_t version = s5a_read_u8(&at);
    if (!at.bad && version != USERPASS_VERSION)
        return S5A_MALFORMED;
    userpass.user = s5a_read_vec8(&at);
    userpass.password = s5a_read_vec8(&at);
    if (at.bad)
        return S5A_INCOMPLETE;
    *out = userpass;
    *r = at;
    return S5A_OK;
}

enum s5a_status s5a_userpass_status_decode(struct s5a_reader *r, uint8_t *status)
{
    struct s5a_reader at = *r;
    *status = UINT8_MAX;
    uint8_t version = s5a_read_u8(&at);
    if (!at.bad && version != USERPASS_VERSION && version != SOCKS_VERSION)
        return S5A_MALFORMED;
    uint8_t answer = s5a_read_u8(&at);
    if (at.bad)
        return S5A_INCOMPLETE;
    *status = answer;
    *r = at;
    return S5A_OK;
}

void s5a_userpass_encode(struct s5a_writer *w, const struct s5a_userpass *userpass)
{
    s5a_write_u8(w, USERPASS_VERSION);
    s5a_write_vec8(w, userpass->user);
    s5a_write_vec8(w, userpass->password);
}

void s5a_userpass_status_encode(struct s5a_writer *w, uint8_t status)
{
    s5a_write_u8(w, USERPASS_VERSION);
    s5a_write_u8(w, status);
}

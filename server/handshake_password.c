/* The handshake's method 02 (RFC 1929). */
#include "server/handshake_steps.h"

#include <string.h>

#include "protocol/userpass.h"

static void send_login_status(struct s5ad_handshake *hs, uint8_t status)
{
    uint8_t storage[S5A_USERPASS_STATUS_LEN];
    struct s5a_writer w;
    s5a_writer_init(&w, storage, sizeof storage);
    s5a_userpass_status_encode(&w, status);
    s5ad_handshake_send(hs, &w);
}

static void refuse_login(struct s5ad_handshake *hs, const char *why)
{
    s5a_secret_wipe(&hs->password);
    send_login_status(hs, 1);
    s5ad_handshake_end(hs, S5AD_STEP_REFUSED, why);
}

enum s5a_status s5ad_handshake_on_userpass(struct s5ad_handshake *hs, struct s5a_reader *r)
{
    struct s5a_userpass userpass;
    enum s5a_status status = s5a_userpass_decode(r, &userpass);
    if (status == S5A_MALFORMED)
        refuse_login(hs, "malformed user name and password");
    if (status != S5A_OK)
        return status;
    hs->user_len = (uint8_t)userpass.user.len;
    if (userpass.user.len)
        memcpy(hs->user, userpass.user.at, userpass.user.len);
    if (s5a_secret_set(&hs->password, userpass.password))
        s5ad_handshake_enter(hs, S5AD_STEP_LOGIN);
    else
        refuse_login(hs, "password too long");
    return status;
}

void s5ad_handshake_login(struct s5ad_handshake *hs, bool accepted, const char *why)
{
    if (hs->step != S5AD_STEP_LOGIN)
        return;
    if (!accepted) {
        refuse_login(hs, why);
        return;
    }
    s5a_secret_wipe(&hs->password);
    send_login_status(hs, 0);
    s5ad_handshake_enter(hs, S5AD_STEP_REQUEST);
}

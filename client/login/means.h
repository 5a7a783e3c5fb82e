/* What one session may log in with: the configuration, with what the state directory knows. */
#pragma once

#include "client/login/tickets.h"

/* Numbers that are drawn at random, fixed for replays of test vectors. */
struct s5a_login_script {
    struct s5a_key ephemeral;
    uint32_t capabilities;
    const struct s5a_session_params *wishes;
};

/* Secret. */
struct s5a_login_means {
    enum s5a_status status; /* other than OK: why no byte may go out */
    uint8_t method;         /* 80, 81 or 82 */
    bool fetches;           /* the server's key, and nothing else */
    uint8_t server_key[S5A_KEY_LEN];
    unsigned methods; /* S5A_MID_BIT; none where there is but a ticket */
    struct s5a_ticket ticket;
    const struct s5a_login_script *script; /* NULL but in tests */
};

/* All methods of the configuration, those that need a person only where the person has answered. */
unsigned s5a_login_methods(const struct s5a_proxy *proxy);
/* True where tickets save something: a derivation, or a person's work. */
bool s5a_login_uses_tickets(const struct s5a_proxy *proxy);
/* Of a proxy whose s5a_proxy_eaf_method is one. Reads small files of the state directory and takes
 * a ticket there where `with_ticket`. Wipe `out`. */
void s5a_login_find_means(struct s5a_login_means *out, const struct s5a_proxy *proxy,
                          const char *state_dir, bool with_ticket);

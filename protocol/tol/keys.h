/* Keys of TOL records: of those that carry the EAF exchange, and of the session (profile, sections
 * 4.3 and 4.4). */
#pragma once

#include "protocol/crypto/hash.h"

enum s5a_direction { S5A_CLIENT_TO_SERVER = 0, S5A_SERVER_TO_CLIENT = 1 };

/* Of one direction. Wipe them when done. */
struct s5a_tol_keys {
    struct s5a_key session;    /* SessionKey_x, plain mode */
    struct s5a_key aead, mask; /* sealed mode */
};

/* `t` is T_f. */
void s5a_tol_keys(struct s5a_tol_keys *keys, const struct s5a_key *ck2, enum s5a_direction x,
                  const struct s5a_digest *t);
/* SessionKey_x of the records before; `network` may be NULL. */
void s5a_tol_hello_key(struct s5a_key *session, const struct s5a_key *network, enum s5a_direction x,
                       struct s5a_span greeting);

/* A client's EAF exchange with what it needs around it: keys, credentials, room for messages. About
 * 80 KiB of mapped memory that only log-ins by EAF have, most of it never touched; malloc's locks
 * would not do, since connect() may run in a signal handler. */
#pragma once

#include "client/login/means.h"
#include "protocol/eaf/client.h"
#include "protocol/eaf/message.h"

enum {
    S5A_EXCHANGE_OUT_CAP = 8192,
    S5A_EXCHANGE_IN_CAP = 2 + 1 + S5A_EAF_MESSAGE_MIN + 2 * S5A_EAF_PART_MAX,
};

/* Secret. Read `client` and `means`; the rest is its own. */
struct s5a_exchange {
    const struct s5a_proxy *proxy; /* borrowed */
    uint64_t deadline;
    uint8_t greeting[3];
    struct s5a_eaf_client_setup setup;
    struct s5a_login_means means;
    struct s5a_session_params wishes;  /* under 81 */
    uint8_t out[S5A_EXCHANGE_OUT_CAP]; /* for the session's buffers */
    struct s5a_eaf_client client;
    uint8_t in[S5A_EXCHANGE_IN_CAP];
};

/* NULL where memory is out. `means` is copied. */
struct s5a_exchange *s5a_exchange_new(const struct s5a_proxy *proxy,
                                      const struct s5a_login_means *means, uint64_t deadline);
/* Wipes and unmaps; NULL is fine. */
void s5a_exchange_free(struct s5a_exchange *x);
/* Writes version and message 1; `setup.greeting` goes before them. */
S5A_MUST_USE enum s5a_status s5a_exchange_begin(struct s5a_exchange *x, struct s5a_writer *w);
/* Takes whole messages off the reader and writes what answers them: OK where anything was taken,
 * INCOMPLETE where nothing was, else why the exchange has failed. May derive a key (derive.h) and
 * looks at the clock for one-time codes. */
S5A_MUST_USE enum s5a_status s5a_exchange_feed(struct s5a_exchange *x, struct s5a_reader *r,
                                               struct s5a_writer *w);
/* How many more bytes surely belong to the version byte and the message that are waited for. */
size_t s5a_exchange_missing(const struct s5a_exchange *x, struct s5a_span have);
/* The ticket that the accepted log-in brought; false where it brought none. */
S5A_MUST_USE bool s5a_exchange_ticket(const struct s5a_exchange *x, struct s5a_ticket *out);

/* The server's side of an EAF exchange, without input, output, clock or randomness (profile,
 * sections 2 and 3). Who may log in is the caller's business:
 *
 *     init -> feed -> BYTES      feed more
 *                  -> TICKET     open `ticket`, call s5a_eaf_server_ticket, feed the same bytes again
 *                  -> LOGIN      look at `login`, call one of choose, challenge, accept, refuse
 *                  -> CONFIRM    send what was written, feed more
 *                  -> DONE       serve requests; the next bytes are the first
 *                  -> REFUSED    send what was written, half-close
 *                  -> CLOSED     close without a further byte
 * The last three absorb. What a call writes is sent before the next wait; a caller that delays
 * answers to wrong credentials delays that. Callers look up and compare as they need, in threads if
 * it takes long: LOGIN lasts until it is answered. */
#pragma once

#include "protocol/eaf/capabilities.h"
#include "protocol/eaf/channel.h"

enum s5a_eaf_ask {
    S5A_EAF_ASK_VERSION, /* BYTES: the first */
    S5A_EAF_ASK_MESSAGE, /* BYTES */
    S5A_EAF_ASK_TICKET,
    S5A_EAF_ASK_LOGIN,
    S5A_EAF_ASK_CONFIRM, /* accepted; not to be served before DONE */
    S5A_EAF_ASK_DONE,    /* terminal, as those below */
    S5A_EAF_ASK_REFUSED, /* also after a key fetch */
    S5A_EAF_ASK_CLOSED,
};

enum { S5A_EAF_STATICS_MAX = 2 };

/* A static key pair. */
struct s5a_eaf_static {
    struct s5a_key secret;
    uint8_t public[S5A_X25519_LEN];
};

/* All that it points to outlives the exchange. */
struct s5a_eaf_server_setup {
    uint8_t method;                                            /* 80, 81 or 82 */
    const struct s5a_eaf_static *statics[S5A_EAF_STATICS_MAX]; /* the newer first; NULL: none */
    const struct s5a_key *network_key;                         /* NULL: none */
    uint32_t capabilities;
    unsigned pad; /* of message 2: 128, or 0 for none */
};

/* A client message whose HMAC is right, in the form and the order that the profile wants. Spans
 * live until the next feed. */
struct s5a_eaf_login {
    struct s5a_auth auth;  /* count 0: none, answer by choose */
    struct s5a_span user;  /* named in this message; empty: not */
    struct s5a_span asked; /* the user whose challenge is answered; empty: none */
    bool has_ticket;       /* `auth` stands for the ticket that was taken */
    bool has_wishes;       /* `wishes` of the client */
    struct s5a_session_params wishes;
    struct s5a_auth_context context; /* for s5a_publickey_verify; T_{k-1} for s5a_scram_verify */
};

/* A result 00. */
struct s5a_eaf_grant {
    uint8_t next;          /* 00, or the method wanted next: see s5a_eaf_server_may_chain */
    struct s5a_span proof; /* from s5a_scram_verify, with the answer of a challenge; else empty */
    bool has_params;       /* final results; under 81 always */
    struct s5a_session_params params; /* MODE is set as the capabilities want */
};

/* Another result. */
struct s5a_eaf_refusal {
    uint8_t rep;      /* not 00 */
    uint16_t code;    /* enum s5a_code; 0: no details */
    const char *text; /* for the client, UTF-8; NULL: that of the code */
    const char *why;  /* for the log; static storage */
};

/* About 33 KiB. Secret. */
struct s5a_eaf_server {
    const struct s5a_eaf_server_setup *setup;
    enum s5a_eaf_ask ask;
    const char *why;                /* of a refusal or a close, for the log; static storage */
    uint8_t rep;                    /* of the last result */
    struct s5a_eaf_channel channel; /* accepted: CK_2 and T_f */
    struct s5a_key ephemeral;       /* wiped once CK_2 exists */
    uint8_t epk[S5A_EPK_LEN];
    struct s5a_digest t0[S5A_EAF_STATICS_MAX], t0_fetch;

    struct s5a_span ticket; /* TICKET: a view into the message */
    bool ticket_known, ticket_taken;
    uint8_t ticket_refusal; /* enum s5a_ticket_refusal */
    struct s5a_key resumption;

    uint32_t capabilities; /* features of both sides */
    bool had_auth;         /* wishes are not taken any more */
    bool challenged;       /* the next message answers `challenge` */
    struct s5a_challenge challenge;
    uint8_t asked[S5A_USER_MAX], asked_len;
    uint8_t required; /* method that a result named, 00: any */
    uint8_t steps;    /* results 00 so far */
    struct s5a_eaf_login login;
    struct s5a_eaf_opened opened;
};

/* `ephemeral`: 32 fresh random bytes for this connection, wiped in the caller's place. */
void s5a_eaf_server_init(struct s5a_eaf_server *x, const struct s5a_eaf_server_setup *setup,
                         struct s5a_span greeting, struct s5a_key *ephemeral);
void s5a_eaf_server_wipe(struct s5a_eaf_server *x);
/* Takes version byte and messages off the reader, as far as they are whole and nothing is asked. */
enum s5a_eaf_ask s5a_eaf_server_feed(struct s5a_eaf_server *x, struct s5a_reader *r,
                                     struct s5a_writer *w);

/* Answers TICKET: its R, or NULL and why not. */
void s5a_eaf_server_ticket(struct s5a_eaf_server *x, const struct s5a_key *resumption,
                           enum s5a_ticket_refusal refusal);

/* Each answers a LOGIN, and has no effect otherwise. */

/* To a message without AUTH: the method wanted first, 00: no preference. */
enum s5a_eaf_ask s5a_eaf_server_choose(struct s5a_eaf_server *x, uint8_t next,
                                       struct s5a_writer *w);
/* To an ask; the nonce is 32 fresh random bytes. */
enum s5a_eaf_ask s5a_eaf_server_challenge(struct s5a_eaf_server *x,
                                          const struct s5a_challenge *challenge,
                                          struct s5a_writer *w);
enum s5a_eaf_ask s5a_eaf_server_accept(struct s5a_eaf_server *x, const struct s5a_eaf_grant *grant,
                                       struct s5a_writer *w);
/* Details are sent where they may be, and never with 0F: every wrong credential gets the same bytes
 * before sealing. */
enum s5a_eaf_ask s5a_eaf_server_refuse(struct s5a_eaf_server *x,
                                       const struct s5a_eaf_refusal *refusal, struct s5a_writer *w);

/* True where an accept may name a next method (profile, section 3). */
bool s5a_eaf_server_may_chain(const struct s5a_eaf_server *x);
/* R of a ticket that the accept of this LOGIN carries. */
void s5a_eaf_server_resumption(const struct s5a_eaf_server *x, struct s5a_key *resumption);

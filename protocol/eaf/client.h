/* The client's side of an EAF exchange, without input, output, clock or randomness (profile,
 * sections 2 and 3):
 *
 *     init -> start -> BYTES     send what was written, feed the server's bytes
 *                   -> SALTED    derive from `challenge` (eaf/scram.h), call s5a_eaf_client_salted
 *                   -> CODE      get a time-based code, call s5a_eaf_client_code
 *                   -> ACCEPTED  before the first request call s5a_eaf_client_confirm
 *                   -> REFUSED   `answer` says why
 *                   -> FETCHED   `fetched` is the server's key; nothing proves it
 *                   -> FAILED    `status` says why; close
 * The last four absorb. What a call writes is sent before the next wait. */
#pragma once

#include "protocol/eaf/capabilities.h"
#include "protocol/eaf/channel.h"
#include "protocol/crypto/totp.h"

enum s5a_eaf_want {
    S5A_EAF_WANT_VERSION, /* BYTES: the first */
    S5A_EAF_WANT_MESSAGE, /* BYTES */
    S5A_EAF_WANT_SALTED,
    S5A_EAF_WANT_CODE,
    S5A_EAF_ACCEPTED, /* terminal, as those below */
    S5A_EAF_REFUSED,
    S5A_EAF_FETCHED,
    S5A_EAF_FAILED,
};

/* What to log in with, and how. */
struct s5a_eaf_credentials {
    unsigned methods;              /* S5A_MID_BIT of those that may be used */
    unsigned factors;              /* of those that MULTI combines, 2–4 */
    const struct s5a_ed25519 *key; /* 01 */
    struct s5a_span user;          /* 02, 03: 1–255 bytes */
    struct s5a_span token;         /* 05 */
};

/* All that it points to outlives the exchange. */
struct s5a_eaf_client_setup {
    uint8_t method;                    /* 80, 81 or 82 */
    struct s5a_span greeting;          /* as sent */
    const uint8_t *server_key;         /* 32 bytes; NULL: a key fetch */
    const struct s5a_key *network_key; /* NULL: none */
    struct s5a_span ticket;            /* empty: none */
    const struct s5a_key *resumption;  /* R of the ticket */
    uint32_t capabilities;
    const struct s5a_session_params *wishes; /* NULL: none; under 81 with TOL */
    struct s5a_eaf_credentials credentials;
    struct s5a_scram_limits limits;
    bool sealed_only; /* no session under 81 in plain mode */
    unsigned pad;     /* of messages 1 and 2: 128, or 0 for none */
};

enum s5a_eaf_sent { S5A_EAF_SENT_NOTHING, S5A_EAF_SENT_ASK, S5A_EAF_SENT_CREDENTIAL };

/* About 33 KiB. Read `want`, and what belongs to it as said above. Secret. */
struct s5a_eaf_client {
    const struct s5a_eaf_client_setup *setup;
    enum s5a_eaf_want want;
    enum s5a_status status;
    struct s5a_eaf_channel channel; /* ACCEPTED: CK_2 and T_f */
    struct s5a_key ephemeral;       /* wiped once CK_2 exists */
    uint8_t epk[S5A_EPK_LEN];

    uint8_t mid;            /* of the log-in at work */
    enum s5a_eaf_sent sent; /* in the last message */
    bool wished;            /* TLV 05 was sent */
    uint8_t steps;          /* results 00 so far */
    struct s5a_challenge challenge;
    uint8_t response[S5A_RESPONSE_LEN], proof[S5A_PROOF_LEN];
    char code[S5A_TOTP_DIGITS_MAX];
    uint8_t code_len;

    struct s5a_answer answer;         /* REFUSED; views `opened` */
    bool ticket_refused;              /* drop it */
    uint32_t capabilities;            /* features of both sides */
    struct s5a_session_params params; /* ACCEPTED: what holds; the ticket views `opened` */
    struct s5a_key resumption;        /* R of that ticket */
    uint8_t fetched[S5A_EPK_LEN];
    bool confirm; /* the confirmation is still to be sent */
    struct s5a_eaf_opened opened;
};

/* `ephemeral`: 32 fresh random bytes for this connection attempt, wiped in the caller's place. */
void s5a_eaf_client_init(struct s5a_eaf_client *c, const struct s5a_eaf_client_setup *setup,
                         struct s5a_key *ephemeral);
void s5a_eaf_client_wipe(struct s5a_eaf_client *c);
/* Writes the version byte and message 1; the greeting stands before them. */
enum s5a_eaf_want s5a_eaf_client_start(struct s5a_eaf_client *c, struct s5a_writer *w);
/* Takes version byte and messages off the reader, as far as they are whole, and no byte behind the
 * last one; writes what answers them. */
enum s5a_eaf_want s5a_eaf_client_feed(struct s5a_eaf_client *c, struct s5a_reader *r,
                                      struct s5a_writer *w);
enum s5a_eaf_want s5a_eaf_client_salted(struct s5a_eaf_client *c, const struct s5a_key *salted,
                                        struct s5a_writer *w);
/* 6–8 ASCII digits. */
enum s5a_eaf_want s5a_eaf_client_code(struct s5a_eaf_client *c, struct s5a_span code,
                                      struct s5a_writer *w);
/* Writes the confirmation where one is due, 37 bytes, once (profile, section 2.7). */
void s5a_eaf_client_confirm(struct s5a_eaf_client *c, struct s5a_writer *w);

/* What both roles of an EAF exchange do with a message: compose and seal it, or verify and open it
 * (profile, sections 2.2 and 2.3). */
#pragma once

#include "protocol/crypto/aead.h"
#include "protocol/eaf/answer.h"
#include "protocol/eaf/auth_publickey.h"
#include "protocol/eaf/keys.h"
#include "protocol/eaf/message.h"
#include "protocol/eaf/metadata.h"

enum { S5A_EAF_TEXT_MAX = S5A_EAF_PART_MAX - S5A_AEAD_TAG_LEN };

/* Secret. */
struct s5a_eaf_channel {
    struct s5a_digest t; /* T_n */
    struct s5a_key ck;   /* that message n + 1 is under */
    uint8_t count;       /* n, messages so far, both directions */
};

/* What a message held, in the clear. Large: most of it is never touched. Wipe it. */
struct s5a_eaf_opened {
    struct s5a_span auth; /* views of those below; empty: none */
    struct s5a_span list; /* inside TLV 80 */
    struct s5a_auth_context context;
    uint8_t auth_text[S5A_EAF_TEXT_MAX];
    uint8_t list_text[S5A_EAF_TEXT_MAX];
};

/* What a message is to hold. */
struct s5a_eaf_draft {
    const struct s5a_auth *auth;      /* from the client; NULL: none */
    const struct s5a_answer *answer;  /* from the server; NULL: none */
    const struct s5a_ed25519 *signer; /* signs the factor of MID 01, if there is one */
    struct s5a_metadata metadata;
    unsigned pad; /* 0, or the length becomes a multiple of it */
};

/* Appends the next message to the writer, and counts it. TOO_LONG, nothing counted and nothing left
 * of it in the writer's storage, where it does not fit or would be one too many. */
S5A_MUST_USE enum s5a_status s5a_eaf_compose(struct s5a_eaf_channel *channel,
                                             const struct s5a_eaf_draft *draft,
                                             struct s5a_writer *w);
/* True where the next message has the right HMAC. */
S5A_MUST_USE bool s5a_eaf_verify(const struct s5a_eaf_channel *channel,
                                 const struct s5a_eaf_message *message);
/* Opens a message that was verified, and counts it in any case: MALFORMED where a seal does not fit.
 * `sealed` is its TLV 80. */
S5A_MUST_USE enum s5a_status s5a_eaf_open(struct s5a_eaf_channel *channel,
                                          const struct s5a_eaf_message *message,
                                          struct s5a_span sealed, struct s5a_eaf_opened *out);
/* Counts a message without looking into it. */
void s5a_eaf_count(struct s5a_eaf_channel *channel, const struct s5a_eaf_message *message);
/* Overwrites what was opened last. */
void s5a_eaf_opened_wipe(struct s5a_eaf_opened *opened);

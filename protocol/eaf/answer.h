/* AUTH from the server, before sealing (profile, section 2.4): a challenge or a result. */
#pragma once

#include "protocol/eaf/scram.h"

enum { S5A_ANSWER_MESSAGE_MAX = 512 };

struct s5a_answer {
    bool is_challenge; /* else a result */
    struct s5a_challenge challenge;
    uint8_t rep;             /* enum s5a_rep; 00: accepted */
    bool detailed;           /* `code` and `message` are there */
    uint16_t code;           /* enum s5a_code */
    struct s5a_span message; /* UTF-8; escape before showing it */
};

/* Decodes a whole AUTH of the server; MALFORMED otherwise, an unknown MID included. */
S5A_MUST_USE enum s5a_status s5a_answer_decode(struct s5a_answer *out, struct s5a_span auth);
/* The writer goes bad for a message that is too long or not UTF-8. */
void s5a_answer_encode(struct s5a_writer *w, const struct s5a_answer *answer);

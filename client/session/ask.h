/* What a session asks its proxy for, and what is answered besides REP (profile, section 5). */
#pragma once

#include "client/routes/rules.h"
#include "protocol/reply.h"
#include "protocol/request.h"

enum { S5A_ANSWERS_MAX = 64, S5A_ANSWERS_MORE_CAP = 1024 };

/* What the replies to one request say, in their order. */
struct s5a_answers {
    unsigned count; /* replies with REP 00 so far */
    /* BND of each; of a NAME only the type. */
    struct s5a_address list[S5A_ANSWERS_MAX];
    uint16_t port; /* of the last reply: BIND's port, POOL_NEW's seconds */
    char
        name[S5A_NAME_MAX + 1]; /* of the first reply with ATYP 03: reverse look-ups, a pool's id */
    /* Of the others, as many as have room: one behind the other, each with its NUL. */
    char more[S5A_ANSWERS_MORE_CAP];
    size_t more_len;
    struct s5a_udp_options options; /* granted, command 08 */
};

/* One request. Its texts and `answers` are borrowed until its last reply. */
struct s5a_ask {
    struct s5a_request request;
    struct s5a_answers *answers; /* NULL: nobody wants to know */
};

enum { S5A_CMD_NOTHING = 0x00 }; /* log in and wait for s5a_session_ask */

/* CONNECT to the target; without one NOTHING. */
struct s5a_ask s5a_ask_connect(const struct s5a_target *target);
struct s5a_ask s5a_ask_nothing(void);

/* What a session may send. */
struct s5a_ask_rules {
    bool eaf;       /* a log-in by EAF */
    bool commands;  /* bit 9 */
    bool addresses; /* bit 10 */
    bool datagrams; /* UDP beside the session: not under 81 */
    bool in_stream; /* bit 15 */
};

/* The request as it is sent: IP literals of targets as addresses, URLs as host and port where
 * `rules` lack their type. UNSUPPORTED_COMMAND, UNSUPPORTED_ADDRESS, TOO_LONG, MALFORMED: it cannot
 * be sent. */
S5A_MUST_USE enum s5a_status s5a_ask_settle(const struct s5a_ask *ask, struct s5a_ask_rules rules,
                                            struct s5a_request *out);

/* The server's side of the handshake, without input or output of its own (profile, sections 1, 5
 * and 8; RFC 1928; RFC 1929): bytes go in and come out by buffers, and it says what it waits for.
 *
 *     init -> advance -> BYTES    put bytes into `in`, advance again
 *                     -> LOGIN    check `user` and `password`, call s5ad_handshake_login, advance
 *                     -> EAF      answer what `exchange` asks, call s5ad_handshake_answered, advance
 *                     -> COMMAND  serve `request`, call s5ad_handshake_reply, advance
 *                     -> RELAY    send `out`, then relay; what is left in `in` goes to the target
 *                     -> ASSOCIATION  the same, of UDP
 *                     -> REFUSED  send `out`, half-close, discard input
 *                     -> CLOSE    close at once
 * Commands 04-06 lead back to BYTES. Before every wait, what is in `out` is to be sent.
 *
 * Bytes on the connection and bytes of the handshake are the same in clear; under 81 they are not, and
 * nobody but handshake_wire.c knows. So what comes off the wire goes through s5ad_handshake_space and
 * s5ad_handshake_commit, `in` is what the client said, every answer goes through s5ad_handshake_send, one
 * whole message a call, and `out` is what goes onto the wire as it is. */
#pragma once

#include <stdbool.h>

#include "protocol/buffer.h"
#include "protocol/greeting.h"
#include "protocol/reply.h"
#include "protocol/request.h"
#include "protocol/secret.h"
#include "server/eaf/exchange.h"
#include "server/tol/records.h"

enum s5ad_want {
    S5AD_WANT_BYTES,
    S5AD_WANT_LOGIN,
    S5AD_WANT_EAF,
    S5AD_WANT_COMMAND,
    S5AD_WANT_RELAY,
    S5AD_WANT_ASSOCIATION,
    S5AD_WANT_REFUSED,
    S5AD_WANT_CLOSE,
};

enum s5ad_step {
    S5AD_STEP_GREETING,
    S5AD_STEP_USERPASS,
    S5AD_STEP_LOGIN,
    S5AD_STEP_EAF,
    S5AD_STEP_EAF_ASKS,
    S5AD_STEP_REQUEST,
    S5AD_STEP_COMMAND,
    S5AD_STEP_RELAY, /* terminal, as those below */
    S5AD_STEP_ASSOCIATION,
    S5AD_STEP_REFUSED,
    S5AD_STEP_CLOSED,
};

enum {
    /* More than the longest message, so that a whole one always fits; what a client sends beyond it
     * waits in the kernel. */
    S5AD_HANDSHAKE_IN_CAP = 1024,
    /* The longest answer to one request: 64 addresses of 22 bytes, or details. A request is taken
     * only where there is room for that. */
    S5AD_HANDSHAKE_REPLIES_MAX = 2048,
    /* Selection, the longest answer of EAF and to one request. */
    S5AD_HANDSHAKE_OUT_CAP = S5AD_EXCHANGE_OUT_CAP + S5AD_HANDSHAKE_REPLIES_MAX,
};

/* Methods that may be selected, as a set. */
enum s5ad_offer {
    S5AD_OFFER_NONE = 1 << 0,
    S5AD_OFFER_PASSWORD = 1 << 1,
    S5AD_OFFER_EAF = 1 << 2,   /* 80 */
    S5AD_OFFER_CHAIN = 1 << 3, /* 82 */
    S5AD_OFFER_TOL = 1 << 4,   /* 81 */
};

struct s5ad_handshake {
    enum s5ad_step step;
    unsigned offers;                    /* enum s5ad_offer */
    const struct s5ad_keyring *keyring; /* for EAF */
    struct s5ad_exchange *exchange;     /* from the selection of EAF on; else NULL */
    struct s5ad_records *records;       /* from the selection of TOL on; else NULL */
    struct s5a_buffer in;               /* what the client said */
    struct s5a_buffer out;              /* what goes onto the wire */
    bool orderly;     /* REFUSED, but it is what the client wants: a key fetched, an end */
    uint8_t user_len; /* 0 until a client named itself */
    uint8_t user[255];
    struct s5a_secret password; /* wiped as soon as the log-in is decided */
    struct s5a_request request; /* from COMMAND on; a URL counts as its authority */
    uint8_t name[S5A_NAME_MAX]; /* what the address of the request views */
    bool held;                  /* a request waits for room in `out` */
    unsigned served;            /* requests answered */
    uint8_t rep;                /* of the last reply; SUCCEEDED before */
    const char *why;            /* of a refusal or a close, for the log; static storage */
    uint8_t in_storage[S5AD_HANDSHAKE_IN_CAP];
    uint8_t out_storage[S5AD_HANDSHAKE_OUT_CAP];
};

/* Not to be moved in memory afterwards. `keyring` is read when EAF is selected; NULL without it. */
void s5ad_handshake_init(struct s5ad_handshake *hs, unsigned offers,
                         const struct s5ad_keyring *keyring);
/* Wipes and frees everything. */
void s5ad_handshake_wipe(struct s5ad_handshake *hs);
/* Where the next bytes off the wire go, and in `*room` how many fit; 0 while others have to be taken
 * first. Fill, commit, then advance. */
uint8_t *s5ad_handshake_space(struct s5ad_handshake *hs, size_t *room);
void s5ad_handshake_commit(struct s5ad_handshake *hs, size_t len);
/* Bytes of one answer that `out` surely takes now. */
size_t s5ad_handshake_room(const struct s5ad_handshake *hs);
/* Takes from `in` what it can; the same answer again where nothing has changed. */
enum s5ad_want s5ad_handshake_advance(struct s5ad_handshake *hs);
/* Decides a LOGIN; no effect in another step. `why` as above. */
void s5ad_handshake_login(struct s5ad_handshake *hs, bool accepted, const char *why);
/* Goes on after an EAF; `w` has what the exchange wrote. */
void s5ad_handshake_answered(struct s5ad_handshake *hs, const struct s5a_writer *w);
/* s that the client may take for its next bytes by what EAF agreed on; 0: EAF says nothing. */
uint32_t s5ad_handshake_patience(const struct s5ad_handshake *hs);
/* Ends a session that waits for a request, as in order. */
void s5ad_handshake_leave(struct s5ad_handshake *hs, const char *why);
/* What both sides agreed on may be used: enum s5a_capability; under 00 and 02 nothing. */
bool s5ad_handshake_may(const struct s5ad_handshake *hs, enum s5a_capability capability);
/* The last reply to a COMMAND; no effect in another step. `bound` and `port`: BND where `rep` is
 * SUCCEEDED; options are those of `request`. A `rep` over 08 that the client cannot know becomes 01;
 * `why`, in static storage, is told to clients that take details, so it holds nothing secret. */
void s5ad_handshake_reply(struct s5ad_handshake *hs, uint8_t rep, const struct s5a_address *bound,
                          uint16_t port, const char *why);
/* Several replies of REP 00 at once, the last of which is the last; together at most
 * S5AD_HANDSHAKE_REPLIES_MAX bytes. */
void s5ad_handshake_replies(struct s5ad_handshake *hs, const struct s5a_reply *replies,
                            size_t count);
/* One that is not the last. */
void s5ad_handshake_tell(struct s5ad_handshake *hs, const struct s5a_address *bound, uint16_t port);
struct s5a_span s5ad_handshake_user(const struct s5ad_handshake *hs);

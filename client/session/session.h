/* One SOCKS session as a client: a state machine without I/O, for all commands. Bytes and time are arguments, so the
 * blocking driver, the engine and the tests drive the same code (architecture, section 3;
 * profile, sections 1 to 5; RFC 1928, RFC 1929). Methods 00, 02, 80, 81 and 82.
 *
 *   s5a_session_init; then until it is over:
 *     send s5a_session_output, tell s5a_session_sent how much went out;
 *     read at most s5a_session_want bytes, s5a_session_feed them;
 *     s5a_session_expire when s5a_session_deadline has come, s5a_session_eof at end of file.
 * Where it is over and not at an end (READY, BOUND), s5a_session_ask or s5a_session_await and the
 * same again.
 *
 * Under 81 all these bytes but greeting and selection are records, and an open session has to be
 * asked for its wire: whoever puts a byte on the connection without it breaks it. */
#pragma once

#include "client/login/means.h"
#include "client/session/ask.h"
#include "client/session/wire.h"
#include "protocol/buffer.h"

enum s5a_session_state {
    S5A_SESSION_NEW,       /* inside s5a_session_init */
    S5A_SESSION_SELECTION, /* greeting is out, waiting for the method */
    S5A_SESSION_LOGIN,     /* waiting for RFC 1929's status */
    S5A_SESSION_EAF,       /* waiting for the server's next EAF message */
    S5A_SESSION_READY,     /* rests: the next request may be asked (s5a_session_ask) */
    S5A_SESSION_REPLY,     /* waiting for the reply */
    S5A_SESSION_BOUND,     /* rests: BIND's first reply is in, s5a_session_await the second */
    S5A_SESSION_OPEN,      /* terminal: the stream belongs to the program, or to the association */
    S5A_SESSION_FAILED,    /* terminal: s5a_session_status says why */
};

enum {
    S5A_SESSION_OUT_CAP = 1024, /* greeting, log-in and request at their longest: 791 */
    S5A_SESSION_IN_CAP = S5A_REPLY_DETAILED_MAX,
    S5A_SESSION_DETAIL_CAP = 128,
};

/* What was agreed on under 81. */
struct s5a_tol_terms {
    bool is_agreed, is_sealed;
    uint8_t sends, asks;    /* TYPE of our records, and of the proxy's as we wish */
    uint32_t dummies;       /* ms between ours in idle time; 0: none */
    uint32_t dummies_asked; /* and between the proxy's */
};

/* What is known of a log-in by EAF. */
struct s5a_login_result {
    int rep;        /* of the server's result; -1 before */
    bool by_ticket; /* a ticket was taken, or refused: */
    bool ticket_refused;
    bool is_fetched;       /* `server_key` has just been fetched */
    uint8_t messages;      /* so far */
    uint32_t capabilities; /* of both sides */
    uint32_t lifetime;     /* s; 0: no limit */
    uint32_t idle;         /* the same, for a session that rests */
    uint32_t flags;        /* enum s5a_session_flag */
    uint8_t server_key[S5A_KEY_LEN];
    struct s5a_tol_terms tol;
};

/* Caller's storage; the fields are the machine's own, ask through the functions. */
struct s5a_session {
    enum s5a_session_state state;
    enum s5a_status status;
    const struct s5a_proxy *proxy; /* borrowed for the life of the session */
    struct s5a_ask ask;            /* its texts are borrowed too */
    uint8_t replies;               /* to it, so far */
    uint16_t to_come;              /* replies that the last one announced */
    enum s5a_session_state stage;  /* where it stood when it ended */
    bool pipelined;                /* the request is out before the selection is in */
    uint64_t deadline;
    uint8_t methods[2]; /* on offer */
    uint8_t methods_len;
    int method;                    /* chosen by the proxy; -1 before */
    int rep;                       /* of the reply; -1 before */
    struct s5a_target bound;       /* BND of the last reply that granted; of a name only the type */
    struct s5a_exchange *exchange; /* owned, mapped; NULL: no EAF. Lends its room to `in`, `out` */
    struct s5a_wire *wire;         /* owned, mapped; NULL: bytes go as they are */
    struct s5a_login_result login;
    char detail[S5A_SESSION_DETAIL_CAP]; /* that the proxy gave with a refusal, escaped */
    struct s5a_buffer out;
    struct s5a_buffer in;
    uint8_t out_storage[S5A_SESSION_OUT_CAP];
    uint8_t in_storage[S5A_SESSION_IN_CAP];
};

/* True where exactly one method would be on offer, so that the request need not wait. */
bool s5a_session_can_pipeline(const struct s5a_proxy *proxy);
/* Times are ms of a monotonic clock. `pipeline` asks for greeting, log-in and request in one
 * write; it is taken only where exactly one method is on offer. A target that cannot be sent, or a
 * proxy without the credentials that its methods need, makes it FAILED at once. */
void s5a_session_init(struct s5a_session *s, const struct s5a_proxy *proxy,
                      const struct s5a_target *target, bool pipeline, uint64_t deadline);
/* The same of a proxy whose s5a_proxy_eaf_method is one; s5a_session_init is this with what the
 * configuration alone gives. Maps memory that s5a_session_wipe gives back: a session that is
 * abandoned has to be wiped too. A step may take as long as a password's derivation (login/derive.h).
 */
void s5a_session_init_login(struct s5a_session *s, const struct s5a_proxy *proxy,
                            const struct s5a_target *target, const struct s5a_login_means *means,
                            uint64_t deadline);
/* The same for any request, or none: a target is asked for by CONNECT. Commands and address types
 * that the proxy does not grant make it FAILED with UNSUPPORTED_COMMAND or UNSUPPORTED_ADDRESS, by a
 * legacy proxy at once, else after the log-in; a URL is asked for as host and port there. `means`
 * NULL: of the configuration, or a log-in that is none by EAF. */
void s5a_session_init_ask(struct s5a_session *s, const struct s5a_proxy *proxy,
                          const struct s5a_ask *ask, const struct s5a_login_means *means,
                          bool pipeline, uint64_t deadline);
/* READY: the next request. OK, and the session goes on; or UNSUPPORTED_COMMAND,
 * UNSUPPORTED_ADDRESS, TOO_LONG, MALFORMED: nothing is sent and it stays READY. */
S5A_MUST_USE enum s5a_status s5a_session_ask(struct s5a_session *s, const struct s5a_ask *ask,
                                             uint64_t deadline);
/* READY: how many bytes may be read that nobody has asked for: under 81 the proxy's dummies. 0 where
 * nothing may come. */
size_t s5a_session_rest_want(const struct s5a_session *s);
/* Takes them, and asks for more of a record as it goes; FAILED where they were no dummies. */
void s5a_session_rest_feed(struct s5a_session *s, const void *bytes, size_t len);
/* BOUND: the second reply. */
void s5a_session_await(struct s5a_session *s, uint64_t deadline);
/* READY: the stream takes another request. BOUND: it waits for s5a_session_await. */
bool s5a_session_is_ready(const struct s5a_session *s);
bool s5a_session_is_bound(const struct s5a_session *s);
/* What is to be sent now; empty: nothing. Valid until the next call. */
struct s5a_span s5a_session_output(const struct s5a_session *s);
void s5a_session_sent(struct s5a_session *s, size_t len);
/* How many bytes may be read from the stream now: all of them belong to the session, whatever
 * the proxy sends. 0 where it is over. */
size_t s5a_session_want(const struct s5a_session *s);
/* Takes at most s5a_session_want bytes. */
void s5a_session_feed(struct s5a_session *s, const void *bytes, size_t len);
/* The proxy half-closed or the connection was cut: PROXY_CLOSED, unless what has come of the reply
 * says that the request was refused. */
void s5a_session_eof(struct s5a_session *s);
/* Fails with TIMED_OUT where `now` has reached the deadline. */
void s5a_session_expire(struct s5a_session *s, uint64_t now);
uint64_t s5a_session_deadline(const struct s5a_session *s);
/* Terminal, or at rest. */
bool s5a_session_over(const struct s5a_session *s);
/* 0, or the errno that connect() fails with: by REP where the proxy refused (profile, section 8).
 * EINPROGRESS while it is not over. */
int s5a_session_errno(const struct s5a_session *s);
/* OK, or why it failed; OK while it is not over. */
enum s5a_status s5a_session_status(const struct s5a_session *s);
/* The method that the proxy chose (enum s5a_method) and the REP that it answered; -1: neither yet. */
int s5a_session_method(const struct s5a_session *s);
int s5a_session_rep(const struct s5a_session *s);
/* How far the log-in by EAF has come. */
const struct s5a_login_result *s5a_session_login(const struct s5a_session *s);
/* One phrase for the log: stage and true reason. Cut at `cap`. */
void s5a_session_describe(const struct s5a_session *s, char *out, size_t cap);
/* Another place in memory for a session, and for the target that it asks for, which is the same as before; `from` is
 * wiped. */
void s5a_session_move(struct s5a_session *to, struct s5a_session *from,
                      const struct s5a_target *target);
/* What goes on with the stream of an open session under 81, once, with `early` filled in; the
 * caller's then (wire.h). NULL where the stream is in clear, and where the session is not open. */
S5A_MUST_USE struct s5a_wire *s5a_session_take_wire(struct s5a_session *s);
/* Overwrites everything that may hold a password. Call it at the end, whatever the outcome; the
 * functions that say how it ended still answer. */
void s5a_session_wipe(struct s5a_session *s);

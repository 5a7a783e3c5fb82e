/* A SOCKS5a server in memory that says what a test wants, for client sessions that log in by EAF. */
#pragma once

#include <criterion/criterion.h>
#include <string.h>

#include "client/login/exchange.h"
#include "client/session/session.h"
#include "protocol/eaf/server.h"
#include "protocol/greeting.h"
#include "protocol/rep.h"
#include "tests/unit/span.h"

enum { LOGIN_LAB_CAP = 40000 };

struct login_lab {
    /* the server's */
    struct s5a_eaf_static statics;
    struct s5a_key network;
    struct s5a_scram_verifier alice;
    struct s5a_challenge challenge;
    struct s5a_eaf_server_setup setup;
    struct s5a_eaf_server server;
    uint8_t selects;     /* the method; FF: none */
    uint8_t wants;       /* NEXT of message 2 */
    uint8_t next[5];     /* NEXT of results, in turn */
    uint8_t rep;         /* of the log-in; 00: by the credentials */
    uint8_t request_rep; /* of the request */
    bool knows_ticket;
    bool forges; /* spoils message 2; for tests that carry the bytes themselves */
    struct s5a_key resumption;
    struct s5a_span issues; /* a ticket; empty: none */
    /* what it has seen */
    bool begun;
    unsigned used; /* MIDs, bits */
    unsigned requests, logins, writes;
    struct login_lab *beyond; /* what it connects to: hears the stream, and answers; NULL: nobody */
    struct s5a_key issued;
    uint8_t in[LOGIN_LAB_CAP], out[LOGIN_LAB_CAP];
    size_t in_len, out_len, out_from;
    /* under 81: `in` is what records held */
    struct s5a_tol_link link;
    struct s5a_tol_shape shape; /* of the server's records */
    uint8_t wants_type;         /* of the client's */
    uint16_t wants_dummy;
    struct s5a_span early;    /* behind the reply, in its record */
    struct s5a_span later;    /* … and in one of its own behind that */
    struct s5a_span trailing; /* behind each EAF message, in its record */
    bool ends;                /* an end record in place of the reply */
    struct s5a_session_params wishes;
    uint8_t records[LOGIN_LAB_CAP];
    size_t records_len;
    unsigned heard[S5A_TOL_FULL + 1]; /* records of each TYPE behind the switch */
    /* the client's */
    struct s5a_login login;
    struct s5a_proxy proxy;
    struct s5a_target target;
    const struct s5a_ask *ask; /* NULL: CONNECT to the target */
    struct s5a_login_means means;
    struct s5a_session session;
};

/* Under 81: what the server makes of records, its answers as records into `out`. `serve` is what it
 * makes of a stream's bytes. */
void login_records_begin(struct login_lab *lab, struct s5a_span greeting);
void login_records_hear(struct login_lab *lab, struct s5a_span sent,
                        void (*serve)(struct login_lab *lab, struct s5a_writer *w));

/* A client with a public key and a pinned server key that a session of `method` accepts. */
struct login_lab *login_lab_new(uint8_t method);
/* The session is open by these methods, after one request. */
void login_lab_expect_open(struct login_lab *lab, unsigned used);
void login_lab_free(struct login_lab *lab);
/* Sets the password of both sides ("correct horse"). */
void login_lab_set_password(struct login_lab *lab);
/* The secret of both sides. */
void login_lab_set_totp(struct login_lab *lab);
void login_lab_set_token(struct login_lab *lab);
void login_lab_without_key(struct login_lab *lab);
/* A ticket for the client that the server takes, where it knows it. */
void login_lab_give_ticket(struct login_lab *lab);

/* The client at its beginning, by what the configuration and `lab->means.ticket` give. */
void login_lab_start(struct login_lab *lab);
/* What the server makes of bytes: answers into `out`. */
void login_lab_hear(struct login_lab *lab, struct s5a_span sent);
/* The server before another connection. */
void login_lab_hang_up(struct login_lab *lab);
/* Hands over what the client has written, and lets the server answer into `out`. */
void login_lab_serve(struct login_lab *lab);
/* Hands at most `max` bytes of the server's to the client; false where none are left or wanted. */
bool login_lab_deliver(struct login_lab *lab, size_t max);
/* Until nothing moves; `max` bytes at a time. */
void login_lab_run(struct login_lab *lab, size_t max);

#define LOGIN_LAB_ENDS(lab, want)                                                 \
    cr_assert_eq(s5a_session_status(&(lab)->session), S5A_##want, "%s, state %d", \
                 s5a_status_text(s5a_session_status(&(lab)->session)), (lab)->session.state)

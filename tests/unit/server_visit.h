/* A client that logs in by EAF, and the server's handshake and admission that it meets, without a
 * socket: the clocks are moved by hand. */
#pragma once

#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

#include "protocol/crypto/keytext.h"
#include "protocol/eaf/client.h"
#include "protocol/rep.h"
#include "protocol/tol/link.h"
#include "server/eaf/admission.h"
#include "tests/unit/span.h"

enum { VISIT_BEGIN = 1800000000, VISIT_OPS = 2, VISIT_MEM_KIB = 19456, VISIT_CAP = 65536 };

extern uint64_t visit_clock; /* s since 1970 */

struct visit_server {
    struct s5ad_loop loop;
    struct s5ad_realm realm;
};

struct visit {
    struct visit_server *server;
    struct s5ad_handshake hs;
    struct s5ad_admission admission;
    enum s5ad_want want;
    uint64_t held_ms; /* that answers were held back */
    uint8_t seen[VISIT_CAP];
    size_t seen_len, opened_len; /* all that the server said; of that, looked at by the client */

    struct s5a_eaf_client_setup setup;
    struct s5a_eaf_client client;
    struct s5a_ed25519 key;
    uint8_t greeting[3];
    const char *password, *code;
    struct s5a_tol_link link; /* under 81 */
    bool lost, ended;         /* a record did not open; the server's end record came */
    uint8_t heard[VISIT_CAP]; /* what stood in clear or in records behind the selection */
    size_t heard_len, taken;  /* `taken`: by the client */
};

/* With these users, whose file is made of them. */
struct visit_server *visit_server_new(const char *users);
void visit_server_users(struct visit_server *server, const char *users);
void visit_server_free(struct visit_server *server);
/* Lines of the users' file. */
void visit_key_line(char *out, size_t cap, uint8_t seed);
void visit_scram_line(char *out, size_t cap, const char *password);
void visit_token_line(char *out, size_t cap, const char *token);
/* The code of the TOTP secret "MZXW6YTBOIMZXW6YTBOI" `steps` after now. */
void visit_code(char out[static 7], int steps);
#define VISIT_TOTP "totp = GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n" /* "12345678901234567890" */

/* A client for a method, which `methods` (S5A_MID_BIT) may be used. Its credentials may be set before
 * it starts. */
struct visit *visit_new(struct visit_server *server, uint8_t method, unsigned methods);
void visit_free(struct visit *v);
/* Bytes to the server, and on as far as it goes, holding back included. */
void visit_feed(struct visit *v, struct s5a_span bytes);
/* The same of what a client says: in records under 81. */
void visit_say(struct visit *v, struct s5a_span bytes);
/* The whole log-in; the client's last word. */
enum s5a_eaf_want visit_run(struct visit *v);
/* Its beginning: the greeting, and what it needs before message 1, which goes into `w`. */
void visit_begin(struct visit *v, struct s5a_writer *w);
/* What the server does by itself now. */
void visit_drive(struct visit *v);
/* Opens what the server has said since. */
void visit_listen(struct visit *v);
/* Confirmation where there is one, and a request. */
enum s5ad_want visit_request(struct visit *v);

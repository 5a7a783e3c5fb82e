/* Exchanges of the vectors, replayed by both roles: what each sends is compared with the vector, and
 * what the server decides with what it finds by itself. */
#pragma once

#include "protocol/eaf/client.h"
#include "protocol/eaf/server.h"
#include "tests/unit/vector_file.h"

enum { EAF_LAB_MESSAGES = 8, EAF_LAB_CAP = 4096 };

struct eaf_lab {
    const json_t *entry, *messages;
    struct s5a_span message[EAF_LAB_MESSAGES + 1]; /* by number */
    unsigned count;

    struct s5a_key network, resumption;
    struct s5a_eaf_static statics;
    struct s5a_ed25519 key;
    struct s5a_session_params wishes;
    struct s5a_span password;
    struct s5a_scram_verifier alice;
    struct s5a_eaf_client_setup client_setup;
    struct s5a_eaf_server_setup server_setup;
    struct s5a_eaf_client client;
    struct s5a_eaf_server server;
};

/* From an entry of eaf.json, or a session; release by eaf_lab_free. */
struct eaf_lab *eaf_lab_new(const json_t *entry);
void eaf_lab_free(struct eaf_lab *lab);

/* Puts client and server before their first byte. */
void eaf_lab_restart(struct eaf_lab *lab);
/* The client's message i, its version byte before the first; expects that of the vector. */
void eaf_lab_client_sends(struct eaf_lab *lab, unsigned i);
/* Feeds message i in two pieces, cut at `cut`, to the other role; 0: in one. */
void eaf_lab_client_takes(struct eaf_lab *lab, unsigned i, size_t cut);
void eaf_lab_server_takes(struct eaf_lab *lab, unsigned i, size_t cut);
/* Whether the credentials of the LOGIN are right, by what the server of the vectors knows. */
bool eaf_lab_judge(struct eaf_lab *lab, uint8_t proof[S5A_PROOF_LEN]);
/* What goes over the wire as message i: the version byte before the first of each side. */
struct s5a_span eaf_lab_wire(struct eaf_lab *lab, unsigned i, uint8_t storage[EAF_LAB_CAP]);
/* The whole exchange. `cut` as above. */
void eaf_lab_run(struct eaf_lab *lab, size_t cut);
/* False where the vectors do not say what the client's key was. */
bool eaf_lab_has_client(const struct eaf_lab *lab);

/* ---- what the vectors say of message i; for eaf_lab*.c ---- */

struct s5a_span eaf_lab_auth_text(const struct eaf_lab *lab, unsigned i);
struct s5a_metadata eaf_lab_clear(const struct eaf_lab *lab, unsigned i);
struct s5a_metadata eaf_lab_list(const struct eaf_lab *lab, unsigned i);
struct s5a_auth eaf_lab_auth(const struct eaf_lab *lab, unsigned i);
/* The methods of messages from..to, MULTI for its ask. */
unsigned eaf_lab_methods(const struct eaf_lab *lab, unsigned from, unsigned to);
struct s5a_key eaf_lab_derive(struct s5a_span password, const struct s5a_challenge *challenge);

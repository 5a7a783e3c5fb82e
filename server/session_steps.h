/* What the files of a session share; for session*.c only. */
#pragma once

#include "server/opening.h"
#include "server/record.h"
#include "server/relay.h"
#include "server/session.h"

enum { DISCARD_MS = 2000 }; /* after a last answer (profile, section 8) */

struct s5ad_session {
    struct s5ad_garbage garbage; /* first: the loop frees it */
    struct s5ad_server *server;
    struct s5ad_session *prev, *next;
    struct s5ad_opening *opening; /* NULL from the relay or the last answer on */
    struct s5ad_relay relay;
    bool relaying;
    struct s5ad_association *association; /* the same for UDP; else NULL. In records: both */
    bool bridged;                         /* the relay is between the client and the association */
    struct s5ad_share share, counted;     /* of what its request was; of itself */
    struct s5ad_watch client;             /* after a last answer */
    struct s5ad_timer timer;              /* the same */
    struct s5ad_record record;
};

struct s5ad_loop *s5ad_session_loop(const struct s5ad_session *session);
/* The one way out: nothing of the session may be touched afterwards. */
void s5ad_session_end(struct s5ad_session *session);

/* session_relay.c: each takes over what the opening has come to, and frees it. */
void s5ad_session_start_relay(struct s5ad_session *session);
void s5ad_session_start_association(struct s5ad_session *session);
void s5ad_session_on_relay_ended(struct s5ad_relay *relay, int error);
/* The line of an association's end. */
void s5ad_session_tell_associated(struct s5ad_session *session, const char *how);

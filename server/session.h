/* A client's connection from accept to its last byte: handshake, log-in, target, relay. */
#pragma once

struct s5ad_server;
struct s5ad_session;

/* Takes `fd`. The session ends by itself. */
void s5ad_session_open(struct s5ad_server *server, int fd);
/* Ends it now; a relay is reset. */
void s5ad_session_cut(struct s5ad_session *session);

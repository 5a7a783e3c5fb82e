/* A client's connection from accept to its last byte: handshake, log-in, target, relay. */
#pragma once

struct s5ad_server;
struct s5ad_session;

/* Takes `fd`. The session ends by itself. */
void s5ad_session_open(struct s5ad_server *server, int fd);
struct s5ad_session *s5ad_session_next(const struct s5ad_session *session);
/* Ends it where it only waits for its next request: the server drains. */
void s5ad_session_drain(struct s5ad_session *session);
/* Ends it now; a relay is reset. */
void s5ad_session_cut(struct s5ad_session *session);

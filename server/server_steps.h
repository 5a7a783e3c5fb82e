/* What the files of the server share; for server*.c only. */
#pragma once

#include "server/server.h"

void s5ad_server_close_listeners(struct s5ad_server *server);
/* server_signals.c. Blocks the signals that are served; 0 or -errno. */
S5A_MUST_USE int s5ad_server_open_signals(struct s5ad_server *server);
s5ad_ready_fn s5ad_server_on_signal;
/* The time of a drain is over. */
void s5ad_server_on_drained(struct s5ad_timer *timer);

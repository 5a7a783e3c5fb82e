/* The server's figures for who watches it, in Prometheus' text format over HTTP on a Unix socket. */
#pragma once

#include "server/listener.h"

struct s5ad_server;
struct s5ad_metrics;

/* NULL and `problem` where nobody can listen there. */
struct s5ad_metrics *s5ad_metrics_new(const struct s5ad_server *server, struct s5ad_loop *loop,
                                      const char *path, struct s5ad_problem *problem);
/* Closes everything; NULL is fine. */
void s5ad_metrics_free(struct s5ad_metrics *metrics);

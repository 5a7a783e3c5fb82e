/* Listening sockets: TCP and Unix. */
#pragma once

#include "server/inifile.h"
#include "server/loop.h"
#include "server/sockaddr.h"

struct s5ad_listener;
/* A connection was accepted: `fd` is the callee's, non-blocking. */
typedef void s5ad_accepted_fn(struct s5ad_listener *listener, int fd);

enum { S5AD_SOURCE_CAP = 64 };

struct s5ad_listener {
    struct s5ad_watch watch;
    struct s5ad_loop *loop;
    struct s5ad_timer again; /* after descriptors or memory have run out */
    s5ad_accepted_fn *accepted;
    void *owner;
    bool paused;
    char *path;     /* of a Unix listener: removed on close */
    char name[128]; /* what it is bound to: "127.0.0.1:43210", "unix:/path" */
};

/* `where`: "HOST:PORT", port 0 for any, or "unix:/path". False and `problem`. */
S5A_MUST_USE bool s5ad_listener_open(struct s5ad_listener *listener, struct s5ad_loop *loop,
                                     const char *where, s5ad_accepted_fn *accepted, void *owner,
                                     struct s5ad_problem *problem);
void s5ad_listener_close(struct s5ad_listener *listener);
/* Paused, connections wait in the kernel's queue. */
void s5ad_listener_pause(struct s5ad_listener *listener, bool paused);
/* Whether accept() failed for want of descriptors or memory: the connection stays in the queue then, and
 * its listener readable. */
bool s5ad_listener_is_exhausted(int error);
/* Who is at the other end of a connection, for the log: "192.0.2.1:4711", "unix:uid=1000,pid=7". */
void s5ad_source_format(int fd, char out[static S5AD_SOURCE_CAP]);

/* A listener of the program's at a proxy: a session that has asked for it by BIND, and what is to be
 * done with its answers (RFC 1928, section 4; architecture, section 9).
 *
 * The program's number leads to a Unix socket that listens under a name of its own; through that it is
 * handed each connection that has come to the proxy (handing.h). So poll(), epoll, blocking calls,
 * threads and forked children that accept are the kernel's business, and nothing of this machine can
 * be reached from the network. One BIND is one connection: once the program has accepted it, or the
 * proxy has given up waiting, the proxy is asked anew, and may choose another port.
 *
 * All of it is under the lock but for the attempt, which is the busy thread's while `is_busy`. */
#pragma once

#include <sys/un.h>

#include "shim/engine/watched.h"
#include "shim/sockets/attempt.h"

enum {
    S5A_BINDING_MAX = 256, /* at once */
    S5A_BINDING_LOOK_MS = 1000,
};

enum s5a_binding_state {
    S5A_BINDING_ASKING,   /* the proxy is asked to listen */
    S5A_BINDING_PREPARED, /* it does; the program knows the address and does not listen yet */
    S5A_BINDING_WAITING,  /* for a connection: the second reply */
    S5A_BINDING_ARRIVED,  /* that has come; the program's queue is full */
    S5A_BINDING_HANDED,   /* it lies in the program's queue */
    S5A_BINDING_RESTING,  /* the proxy is asked again in a while */
};

struct s5a_binding {
    enum s5a_binding_state state;
    bool is_busy;
    uint32_t number;
    int domain;              /* of the socket that the program has made */
    int wanted;              /* family of the address there; AF_UNSPEC: either */
    uint64_t cookie;         /* PREPARED: of that socket; else of the one that listens */
    struct sockaddr_un name; /* of the one that listens */
    socklen_t name_len;
    union s5a_inet at;   /* where the proxy listens, for the program */
    bool is_relayed;     /* ARRIVED: by a pair */
    union s5a_inet peer; /* who has come */
    int own;             /* private: what the attempt begins with; -1 */
    int knock;           /* private: HANDED, the engine's end; -1 */
    uint64_t until;      /* ms: ARRIVED, RESTING */
    uint64_t look;       /* ms: when to see whether the program still listens */
    uint64_t since;      /* ms: when the proxy was asked */
    bool is_for_anybody; /* for whom was expected the proxy listens in another family */
    unsigned failures;   /* in a row */
    struct s5a_watched_socket watched;
    struct s5a_ask ask;
    struct s5a_answers answers;
    struct s5a_attempt attempt;
};

/* ---- without the lock ---- */

/* For the program's socket, to be asked for at that proxy. NULL: memory is out. */
struct s5a_binding *s5a_binding_new(int fd, const struct s5a_config *config,
                                    const struct s5a_proxy *proxy);
void s5a_binding_free(struct s5a_binding *x); /* not enlisted */
/* Begins to ask, with a fresh attempt. 0 or -errno. */
int s5a_binding_ask(struct s5a_binding *x);
/* The proxy listens: where, in `at`, and the second reply is awaited. 0 or -errno; EAFNOSUPPORT: not in the
 * program's family. Then -EAGAIN once, where the next asking is for anybody, by that family. */
int s5a_binding_await(struct s5a_binding *x);
/* Lets go of the attempt and what it holds. */
void s5a_binding_let_go(struct s5a_binding *x);
/* One line for the log. */
void s5a_binding_report(const struct s5a_binding *x, int result);

/* ---- under the lock ---- */

bool s5a_binding_enlist(struct s5a_binding *x); /* false: there are too many */
void s5a_binding_end(struct s5a_binding *x);
struct s5a_binding *s5a_binding_at(uint32_t number); /* NULL: none */
struct s5a_binding *s5a_binding_find(uint64_t cookie);
unsigned s5a_binding_count(void); /* may be asked without the lock */
/* In the child of a fork, where all of it is the parent's. */
void s5a_binding_forget(void);

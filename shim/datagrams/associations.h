/* UDP sockets of the program, each with the association that its datagrams go through once it has
 * sent to what is not direct (architecture, section 8).
 *
 * Descriptor numbers lead to slots, and the socket's cookie says whether the number still leads to
 * the socket: what the shim was not told of (fclose) is found out so. Other descriptors cost a look
 * at an array. The kernel's socket is never connected to the relay: what is not interposed (stdio,
 * splice) then fails, and a program's connect() and the association need not know of each other. */
#pragma once

#include <stdatomic.h>

#include "shim/datagrams/targets.h"
#include "shim/engine/marks.h"
#include "shim/lock.h"
#include "shim/sockets/sockets.h"

enum { S5A_DIRECT_MAX = 8 }; /* the oldest is forgotten */

enum s5a_association_state {
    S5A_ASSOCIATION_NONE,     /* to be made when a datagram wants it */
    S5A_ASSOCIATION_PENDING,  /* is being made; datagrams queue */
    S5A_ASSOCIATION_STANDING, /* `relay` takes datagrams */
    S5A_ASSOCIATION_FAILED,   /* with `error`; not tried again before `until` */
};

struct s5a_association {
    uint32_t slot; /* from 1 */
    uint64_t cookie;
    sa_family_t domain;
    int protocol; /* UDP, or what is like it */
    enum s5a_association_state state;
    bool
        is_connected; /* by the program, to `peer`, which is not direct; the kernel's socket is not */
    bool is_engaged;      /* has sent to what is not direct: strangers are kept out */
    bool is_direct;       /* connected by the kernel: its business alone */
    bool has_resolver;    /* has asked the resolver of our own (resolver.h) */
    bool has_local_relay; /* its relay is the engine's (local_relay.h) */
    bool is_in_stream;    /* … and moves datagrams over a connection */
    union s5a_inet peer;
    struct s5a_address peer_real; /* of `peer`, as the proxy knows it; a name without its text */
    union s5a_inet local; /* what a connected socket has as its address; family 0: unknown */
    union s5a_inet relay; /* as the socket reaches it */
    uint16_t overhead;    /* bytes that go around each datagram beyond its own header */
    const struct s5a_proxy *proxy;
    int control;       /* private: the connection that the association lives by; -1 */
    uint64_t looked;   /* ms: when it was last found alive */
    uint64_t until;    /* ms: end of FAILED */
    int error;         /* errno */
    unsigned failures; /* in a row */
    unsigned losses;   /* in a row, each soon after it stood */
    uint64_t stood;    /* ms: since when it stands */
    bool is_minded;    /* by the engine of this process (minding.h) */
    int told;          /* errno that stands behind an error of the kernel's socket (telling.h); 0 */
    in_port_t hole;    /* where the datagrams that it tells of were sent */
    /* Whom it has sent to directly, off this machine: they may answer. */
    union s5a_inet direct[S5A_DIRECT_MAX];
    uint32_t direct_count;
    bool has_direct_names;          /* some of them by names */
    union s5a_inet latest_name;     /* of those: as the program knows the last one */
    union s5a_inet latest_at;       /* and where that is */
    union s5a_inet latest;          /* whom it has sent to */
    struct s5a_address latest_real; /* who has answered for it; NONE: nobody yet */
    uint16_t latest_header;         /* length of the header of what is sent to it */
    int segment, gro;               /* UDP_SEGMENT and UDP_GRO as the program set them; 0 */
};

/* Slots by descriptor number, 0: none. For the function below. */
extern _Atomic uint32_t s5a_association_hints[S5A_MARKS_MAX];
extern atomic_uint s5a_association_count; /* slots in use */

/* May `fd` lead to such a socket? */
static inline bool s5a_association_may_be(int fd)
{
    return atomic_load_explicit(&s5a_association_count, memory_order_relaxed) != 0 && fd >= 0 &&
           fd < S5A_MARKS_MAX &&
           atomic_load_explicit(&s5a_association_hints[fd], memory_order_relaxed) != 0;
}

/* A copy of what is known of the socket behind `fd`; false where nothing is. Takes no lock, preserves
 * errno. */
bool s5a_association_find(int fd, struct s5a_association *out);
/* The same of the same socket, without asking the kernel; unchanged where it is gone. */
void s5a_association_refresh(struct s5a_association *a);
/* What is asked of the kernel of other sockets. */
struct s5a_socket_kind s5a_association_kind(const struct s5a_association *a);
/* A socket that the program has just made: socket()'s arguments. Preserves errno. */
void s5a_association_made(int fd, int domain, int type, int protocol);
/* The same, and a fresh one where there is none; false where memory is out or `fd` too high. */
bool s5a_association_take(int fd, const struct s5a_socket_kind *kind, struct s5a_association *out);

/* Between these two the lock is held and the slot may be written; NULL, with the lock given back,
 * where it belongs to another socket by now. */
struct s5a_association *s5a_association_begin(const struct s5a_association *known,
                                              struct s5a_locked *locked);
void s5a_association_end(struct s5a_association *changed, struct s5a_locked *locked);
/* The same under the lock. */
struct s5a_association *s5a_association_begin_locked(const struct s5a_association *known);
void s5a_association_end_locked(struct s5a_association *changed);

/* Whom it has sent to: noted, and found again by an answer's source (targets.h). */
void s5a_association_note(const struct s5a_association *a, const struct s5a_named_target *named);
/* The program's address of an answer's source: false, it cannot be told to such a socket. */
bool s5a_association_source(const struct s5a_association *a, const struct s5a_address *from,
                            uint16_t port, union s5a_inet *out);

/* The same of names that it sends to directly: where the name leads, and whose answer it is. */
void s5a_association_note_direct(const struct s5a_association *a, const union s5a_inet *given,
                                 const union s5a_inet *at);
void s5a_association_direct_source(const struct s5a_association *a, union s5a_inet *source);

/* Descriptors come and go. `closed` after the real call. */
void s5a_association_doubled(int from, int to);
void s5a_association_closed(int fd);
void s5a_association_closed_range(unsigned first, unsigned last);
/* In the child of a fork, under the lock: what is being made is the parent's. */
void s5a_association_forget(void);

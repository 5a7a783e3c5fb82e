/* Whom the program believes to be connected to: the target of each socket that the shim connected,
 * where the kernel would name the proxy (architecture, sections 4 and 8).
 *
 * The key is the socket's cookie, not the descriptor's number: duplicates, dup2, fork, descriptor
 * passing and close need no bookkeeping, and a number that was closed and given anew behind the
 * shim's back can never be taken for the old socket. Entries of dead sockets are swept out before
 * the table grows. Over exec the entries of inherited descriptors travel in SOCKS5A_PEERS. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/sockets/inet.h"

enum s5a_peer_kind {
    S5A_PEER_STREAM = 1, /* connected through a proxy */
    S5A_PEER_DATAGRAM,   /* "connected" by the program; the real socket is not */
    S5A_PEER_GATE,       /* under way, or carried over, behind a gate (shim/engine/pending.h) */
    S5A_PEER_FAILED,     /* a connect() that returned EINPROGRESS has failed; not of that peer */
    S5A_PEER_LISTENER,   /* listens at a proxy (shim/inbound): the address is its own there */
};

enum { S5A_FACADE_OPTIONS = 8 };

/* An option that a stand-in's kernel socket does not have, as the program set it. */
struct s5a_remembered {
    int16_t level;
    int16_t name;
    int32_t value;
};

struct s5a_peer {
    uint64_t cookie; /* 0: a free slot */
    union s5a_inet address;
    union s5a_inet
        local;    /* what the proxy has told of its side of the connection; family 0: nothing */
    uint8_t kind; /* enum s5a_peer_kind; 0: dropped, the slot still taken */
    bool living;  /* the table's own, while it sweeps */
    bool untold; /* another connect() is to be told of success, once, though the kernel would not */
    bool parked; /* FAILED: the kernel's socket shows a failure, too (shim/engine/park.h) */
    /* FAILED: the errno that SO_ERROR tells once, then 0. GATE: the slot of what is pending. */
    uint32_t detail;
    /* Stand-ins (standin.h): the domain that the program made its socket with; else 0. */
    uint8_t facade;
    uint16_t port; /* with a facade: the local one, where what serves has none */
    struct s5a_remembered options[S5A_FACADE_OPTIONS]; /* level 0: free */
};

/* The entry of the socket behind `fd`. Cheap where there is none at all. Preserves errno. */
bool s5a_peers_find(int fd, struct s5a_peer *out);
/* True where a socket of that kind may be known; false costs nothing. */
bool s5a_peers_any(enum s5a_peer_kind kind);
bool s5a_peers_any_kind(void);
/* … handed on by an exec. */
bool s5a_peers_imported(enum s5a_peer_kind kind);
/* Adds or replaces the entry of the socket behind `fd` (its cookie is filled in). False where
 * memory is out or `fd` is no socket. */
bool s5a_peers_put(int fd, const struct s5a_peer *peer);
/* The same where the lock is held. */
bool s5a_peers_put_locked(int fd, const struct s5a_peer *peer);
bool s5a_peers_put_cookie(uint64_t cookie, const struct s5a_peer *peer);
bool s5a_peers_find_locked(int fd, struct s5a_peer *out);
/* … another address, of an entry that is there. */
void s5a_peers_readdress(uint64_t cookie, const union s5a_inet *address);
void s5a_peers_drop(int fd);
/* Writes "SOCKS5A_PEERS=…" with the entries of all descriptors that exec will inherit, as many as
 * fit. The length without NUL; 0 where there is nothing to hand on. Allocates nothing. */
size_t s5a_peers_export(char *out, size_t cap);

/* The laboratory of the preload tests: one program a habit, several cases each.
 *
 * A program is started without the shim. For each case it serves a scripted SOCKS5 proxy on
 * loopback, starts itself again with LD_PRELOAD and the case's number, and the child does what
 * programs do, unmodified. Whatever target the child names, the proxy connects it to an echo
 * service of its own; what was asked for is told to the child's parent, which checks it. */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum lab_proxy {
    LAB_HONEST,     /* method 00, takes early bytes, echoes what comes */
    LAB_SINK,       /* takes what comes, answers nothing */
    LAB_EARLY_DATA, /* sends "220 early\r\n" in the same write as the reply */
    LAB_REFUSES,    /* answers with REP = arg; arg 0: the low byte of the port asked for */
    LAB_HANGS,      /* reads and never answers; arg 1: only its first connection, then honest */
    LAB_CLOSES,     /* closes after `arg` bytes of its answers; arg -1: after as many as it had
                       connections before */
    LAB_TRICKLES,   /* answers byte by byte, `arg` ms apart */
    LAB_DROPS,      /* throws away what comes with the greeting, as microsocks does; that is noted
                       as if "dropped:BYTES" had been asked for */
    LAB_PASSWORD,   /* method 02; alice, secret */
    LAB_BY_NAME,    /* honest, and the reply holds a name of `arg` bytes */
    LAB_BY_IPV6,    /* honest, and the reply holds an IPv6 address */
    LAB_GARBAGE,    /* 600 random bytes, closes */
    LAB_SAYS,       /* answers greeting and request with reply number `arg` of lab_proxy.c */
    LAB_UNIX,       /* honest, at a Unix socket */
    LAB_DOWN,       /* nobody listens */
    LAB_PLACES, /* honest, to the places of lab_place.h; and the case is run without the shim too,
                       where the kernel connects to the same places: "(shim)", "(kernel)"; and once
                       more by the shim over a proxy that speaks method 81, where it has a relay of
                       the shim's in place of a TCP socket: "(relay)" */
    LAB_PLACES_SHIM, /* the same, but with the shim alone */
    LAB_PLACES_KERNEL, /* … with the kernel alone: what the shim does not do (docs/compatibility.md) */
    LAB_PLACES_UNIX, /* the same, at a Unix socket */
    LAB_TAMPERED,    /* over method 81 alone: echoes, and does to the second answer what `arg` of
                          enum lab_tampering says */
    LAB_INNER,       /* no case of its own: what other cases exec */
};

enum lab_tampering {
    LAB_CUT_BEHIND, /* the connection ends behind it, without an end record */
    LAB_CUT_INSIDE, /* … in the middle of it */
    LAB_FORGED,     /* a bit of it is another */
    LAB_REPEATED,   /* it comes twice */
    LAB_DROPPED,    /* it is left out, and the next one comes */
    LAB_BEHIND_END, /* the end record comes behind it, then a byte */
};

struct lab_case {
    const char *name;
    enum lab_proxy proxy;
    int arg;
    void (*child)(void);
    const char
        *asked; /* what the proxy must have been asked for: "host:port", ';' between; NULL: any */
    /* Lines "NAME=value" more, or NULL. In values "@" is the directory of the case, "%" the library. */
    const char *environment;
    long taken;    /* bytes that must have come for the target; 0: any */
    bool is_heavy; /* of LAB_PLACES: runs alone */
    bool no_relay; /* does not run by a relay where it otherwise would */
};

enum { LAB_FAILED = 1, LAB_SKIPPED = 77 }; /* how a child ends */

/* Ends the child with a line that says where and what. */
#define CHECK(condition)                              \
    do {                                              \
        if (!(condition))                             \
            lab_fail(__FILE__, __LINE__, #condition); \
    } while (0)

_Noreturn void lab_fail(const char *file, int line, const char *what);
/* The child is not able to do it here (no IPv6, not root): counted, with the reason. */
_Noreturn void lab_skip(const char *why);
/* A child that SKIPs or fails within a child of its own: the status of waitpid as our own end. */
void lab_check_status(int status);
/* The same of a child, once it has ended. */
void lab_check_child(pid_t child);

/* The cases of a program. `by_relay`: those of LAB_HONEST, LAB_SINK and LAB_EARLY_DATA that have no
 * environment of their own run over method 81 as well, as those of LAB_PLACES always do. */
struct lab_program {
    const struct lab_case *cases;
    size_t count;
    bool by_relay;
};
int lab_main(int argc, char **argv, const struct lab_program *program);
#define LAB_PROGRAM(by_relay, ...)                                                            \
    int main(int argc, char **argv)                                                           \
    {                                                                                         \
        static const struct lab_case cases[] = { __VA_ARGS__ };                               \
        const struct lab_program program = { cases, sizeof cases / sizeof *cases, by_relay }; \
        return lab_main(argc, argv, &program);                                                \
    }
#define LAB(...) LAB_PROGRAM(false, __VA_ARGS__)
#define LAB_BY_RELAY(...) LAB_PROGRAM(true, __VA_ARGS__)

/* ---- for children ------------------------------------------------------------------------- */

struct sockaddr_in lab_v4(const char *ip, unsigned port);
struct sockaddr_in6 lab_v6(const char *ip, unsigned port);
/* A TCP socket connected to the address: 192.0.2.1:7 and the like. Fails the case otherwise. */
int lab_connect(const char *ip, unsigned port);
/* The echo works: sends, and reads the same. */
void lab_check_echo(int fd);
/* Writes all, reads exactly. */
void lab_write(int fd, const void *bytes, size_t len);
void lab_read(int fd, void *bytes, size_t len);
/* The proxy's address, for children that ask the kernel whom a socket is really connected to. */
struct sockaddr_in lab_proxy_address(void);
/* The path of this program, for children that exec it again: `lab_self() --case NAME` runs a case;
 * a word behind that is lab_argument() there. */
const char *lab_self(void);
const char *lab_argument(void);
/* The directory of the case: SOCKS5A_STATE_DIR, removed with all that is in it. */
const char *lab_directory(void);
/* Writes the file that SOCKS5A_CONF names ("SOCKS5A_CONF=@/conf"). */
void lab_configure(const char *text);
/* Adds to it; cases whose environment is LAB_ADDS run over method 81, too, where the file has the proxy
 * in it already. */
void lab_add_configuration(const char *text);
#define LAB_ADDS "SOCKS5A_CONF=@/tol.conf"
/* A listener on the address, which the shim does not know of; its port in `*at`. For targets that are
 * reached without the proxy. */
int lab_listen(const char *ip, struct sockaddr_in *at);
/* The call without the shim, by libc's own syscall(). */
long lab_kernel(long number, long a, long b, long c);
/* Whom the kernel has the socket connected to: its port, 0 for nobody. */
unsigned lab_kernel_peer_port(int fd);
/* What getpeername says, and nothing else: the address is this one. */
void lab_check_peer(int fd, const char *ip, unsigned port);

/* The name server that programs with a resolver of their own meet at port 53 of whatever address:
 * what becomes of a query, be it a datagram or of a stream (architecture, section 7).
 *
 *   A, AAAA, PTR   as getaddrinfo answers: hosts file, map of names, or proxies (dns = resolve)
 *   SVCB, HTTPS    no records: theirs lead past the map
 *   other types    asked of the server that the program named, over TCP through its proxy */
#pragma once

#include "client/routes/rules.h"
#include "shim/names/dns.h"

enum s5a_stub_way {
    S5A_STUB_SILENT, /* no query: it gets no answer */
    S5A_STUB_NOW,    /* s5a_stub_answer needs nobody else */
    S5A_STUB_LATER,  /* it waits for a proxy */
    S5A_STUB_BEYOND, /* of a stream: no look-up (a zone transfer, an update), so the stream is for the server
                        itself from here on (stub_carry.h); s5a_stub_answer refuses it */
};

struct s5a_stub_query {
    struct s5a_span bytes;    /* without the length that a stream puts before them */
    struct s5a_target server; /* whom the program asks; an address, or the name of a fake one */
    bool is_stream;           /* answers of any length, else cut (TC) to what the asker takes */
};

enum {
    S5A_STUB_ANSWER_MAX = 65535,
    S5A_STUB_CONTEXT_MAX = 384,
};

/* Pure but for the hosts file. */
enum s5a_stub_way s5a_stub_look(const struct s5a_names *names, const struct s5a_stub_query *query);
/* The answer, whatever it is (SERVFAIL where a proxy or the server gives none, REFUSED where no proxy leads
 * to it); its length, 0 where `look` says SILENT. May block where it says LATER, for at most connect_timeout.
 * Datagrams: `cap` of S5A_DNS_UDP_MOST holds every answer. */
size_t s5a_stub_answer(const struct s5a_names *names, const struct s5a_stub_query *query,
                       uint8_t *out, size_t cap);

/* Gets the answer, empty where there is none. */
typedef void s5a_stub_deliver(const void *context, struct s5a_span answer);
/* LATER without waiting: `deliver` is called once, in a thread of the shim's own with its signals blocked, with
 * a copy of the context (at most S5A_STUB_CONTEXT_MAX bytes). 0; or -errno, EAGAIN where there are no threads
 * to be had or too many at it, and nothing will come: as a datagram that got lost. */
S5A_MUST_USE int s5a_stub_later(const struct s5a_names *names, const struct s5a_stub_query *query,
                                s5a_stub_deliver *deliver, const void *context, size_t len);
/* The same of a stream's in the calling thread, which waits; an answer of any length. */
void s5a_stub_now(const struct s5a_names *names, const struct s5a_stub_query *query,
                  s5a_stub_deliver *deliver, const void *context);

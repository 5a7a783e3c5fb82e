/* Queries for the server that a program has named, over TCP through the proxy that the rules say
 * (RFC 7766). For the stub alone. */
#pragma once

#include "shim/names/stub.h"
#include "shim/sockets/line.h"

/* Room for a query or an answer of any length, and its length: mapped, since threads of the shim's own have
 * small stacks. */
struct s5a_stub_room {
    uint8_t bytes[sizeof(uint16_t) + S5A_STUB_ANSWER_MAX];
};

struct s5a_stub_room *s5a_stub_room_new(void); /* NULL: no memory */
void s5a_stub_room_free(struct s5a_stub_room *room);

/* What the server answers, whatever it is: its length. `out` holds the query before. -EACCES where no proxy
 * leads to it, by the rules, -EIO where a proxy or the server does not answer; both logged. Blocks. */
S5A_MUST_USE int s5a_stub_forward(const struct s5a_config *config,
                                  const struct s5a_stub_query *query, uint8_t *out, size_t cap);

/* The proxy that leads to the server, which may become the configuration's; NULL: none does, by the rules, and
 * that is logged. */
const struct s5a_proxy *s5a_stub_proxy(const struct s5a_config *config, struct s5a_target *server);
/* In the log: s5a_line_open has said -errno. */
void s5a_stub_say_failed(const struct s5a_target *server, const struct s5a_line *line, int failed);

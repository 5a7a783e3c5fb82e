/* A stream of queries that the stub answers (RFC 1035, section 4.2.2; RFC 7766): each has its length before it,
 * several may be under way, and their answers come as they are there.
 *
 * One thread reads a stream; what waits for a proxy is fetched by others (stub_later.c), and once there are too
 * many of those, the reader fetches it itself and reads no more meanwhile. What is no look-up makes the stream
 * the server's (stub_carry.h), and so does a client that says nothing it could be known by. */
#pragma once

#include "shim/names/stub.h"
#include "shim/sockets/target.h"

struct s5a_stub_stream;

/* `fd`, a private number that does not block, becomes the stream's. NULL: memory is out. */
struct s5a_stub_stream *s5a_stub_stream_new(int fd, const struct s5a_names *names,
                                            const struct s5a_named_target *server);
/* Closes `fd`; NULL is fine. */
void s5a_stub_stream_free(struct s5a_stub_stream *stream);
/* To its end, in a thread of the shim's own; blocks. */
void s5a_stub_stream_serve(struct s5a_stub_stream *stream);

/* Which entry of [forward] the name of a Unix socket means.
 *
 * An abstract name means the entry of that very name. A path means an entry where the kernel, walking
 * it, comes by that entry of that directory: "..", links to the directory or to the socket, and links
 * in the entry's own directory change nothing. Nothing of it has to exist here; what does not is
 * walked by its text. */
#pragma once

#include <sys/socket.h>

#include "client/routes/forward.h"

/* NULL: none. `*index`: its number. A relative path begins at the working directory. Reads links;
 * allocates nothing, changes errno. */
const struct s5a_forward *s5a_forward_of(const struct s5a_forward *first,
                                         const struct sockaddr *address, socklen_t len,
                                         uint16_t *index);

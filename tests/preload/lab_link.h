/* A link to the places for the kernel's own connects: a network namespace whose only way out is a
 * TUN device that turns each packet round, so that it comes back from the place it was sent to. The
 * first packet of a connection waits, or is answered by a refusal, as the place wants it. */
#pragma once

/* Of the calling thread, for ever: it and what it starts live in the namespace. Listens where the
 * connections to the places arrive, and serves. NULL, or what is not to be had here. */
const char *lab_link_start(void);

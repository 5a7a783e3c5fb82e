/* What the server sets on the TCP sockets of its relays. */
#pragma once

/* Small writes are not held back, and a peer that vanished is noticed. Does nothing to Unix sockets,
 * which need neither. */
void s5ad_tcp_tune(int fd);
/* Its close will be a reset instead of an end of file. */
void s5ad_tcp_reset_on_close(int fd);

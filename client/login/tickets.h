/* Tickets that all processes of a user share: one file a proxy and principal in the state
 * directory, 0600, under a lock (profile, section 2.7). */
#pragma once

#include "client/login/ticket_file.h"
#include "client/routes/proxy.h"

/* The newest ticket, one that nobody used where there is one; false, and `out` without one,
 * otherwise. */
bool s5a_tickets_take(struct s5a_ticket *out, const char *state_dir, const struct s5a_proxy *proxy);
/* False where it could not be kept. */
bool s5a_tickets_put(const char *state_dir, const struct s5a_proxy *proxy,
                     const struct s5a_ticket *ticket);
/* Forgets one that was refused; all where `bytes` is empty. */
void s5a_tickets_drop(const char *state_dir, const struct s5a_proxy *proxy, struct s5a_span bytes);
/* How many there are, and when the last of them ends (s since 1970; 0: none). */
unsigned s5a_tickets_count(const char *state_dir, const struct s5a_proxy *proxy, uint64_t *end);

/* socks5a-check --login, --logout, --status: tickets that all processes of the user share. */
#pragma once

#include "client/check/probe.h"

/* Each says what it did on standard output, what failed on standard error, and returns whether it
 * went well. */

/* Asks at the terminal for what the configuration leaves to a person (the proxy's key too, where it
 * is unknown and known_servers = ask), logs in, keeps the ticket. */
S5A_MUST_USE bool s5a_log_in(const struct s5a_check *check);
/* Forgets the tickets. */
S5A_MUST_USE bool s5a_log_out(const struct s5a_check *check);
/* Says how many tickets there are and until when; true where there is one or none is needed. */
S5A_MUST_USE bool s5a_log_in_status(const struct s5a_check *check);

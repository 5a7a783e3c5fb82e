/* What an exchange of the description under a descriptor's number would lose: registrations with
 * epoll, which belong to description and number, and other numbers of the same description. Kept
 * for TCP sockets that are not connected yet, and for gates; sockets in use cost one system call
 * at EPOLL_CTL_ADD (architecture, section 4). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/* epoll_ctl() of the program: 0 or -errno. */
int s5a_watches_control(int set, int op, int fd, struct epoll_event *event);
/* The program has made another number for `fd`. */
void s5a_watches_doubled(int fd);

/* ---- under the lock ---- */

/* Has the description of that cookie, to the shim's knowledge, got more than one number here? */
bool s5a_watches_is_doubled(uint64_t cookie);
void s5a_watches_double(uint64_t cookie);
/* Takes the registrations of the number out of their sets, before its description changes… */
void s5a_watches_lift(int fd);
/* … and puts them back, for the new one, as the program had them: a one-shot registration that has
 * fired stays disarmed. `settled`: the socket will not change any more, so forgets them. */
void s5a_watches_lay(int fd, bool settled);

/* What an exchange of the description under a descriptor's number would lose: registrations with
 * epoll, which belong to description and number, and other numbers of the same description. Kept
 * for sockets that are not connected yet, of TCP and Unix ones that may be forwarded, and for gates;
 * sockets in use cost one system call at EPOLL_CTL_ADD, Unix ones two (architecture, section 4). */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/* epoll_ctl() of the program: 0 or -errno. */
int s5a_watches_control(int set, int op, int fd, struct epoll_event *event);
/* A socket that is not connected yet, and in whose place another description may come. */
bool s5a_watches_is_unsettled(int fd);
/* ---- under the lock ---- */

/* The program has made another number for `fd`. */
void s5a_watches_doubled(int fd);
/* Has the description of that cookie, to the shim's knowledge, got more than one number here? */
bool s5a_watches_is_doubled(uint64_t cookie);
void s5a_watches_double(uint64_t cookie);
/* That description will not be exchanged any more. */
void s5a_watches_settle(uint64_t cookie);
/* Takes the registrations of the number out of their sets, before its description changes;
 * `may_have_fired`: it has been ready since they were made… */
void s5a_watches_lift(int fd, bool may_have_fired);
/* … and puts them back, for the new one, as the program had them: a one-shot registration that has
 * fired stays disarmed. `settled`: the socket will not change any more, so forgets them. */
void s5a_watches_lay(int fd, bool settled);

/* Descriptors of the shim's own, hidden from the program (architecture, section 6): under high
 * numbers, CLOEXEC, and left alone by its close(), close_range(), closefrom() and dup2(). */
#pragma once

#include <stdbool.h>

/* A duplicate of `fd` under a private number, above the program's limit of descriptors where that
 * may be. -errno: EMFILE, or EBADF. */
int s5a_private_copy(int fd);
/* The same, and `fd` is closed, whatever the outcome. */
int s5a_private_move(int fd);
/* Under the lock: dup3() of one of ours onto a number of the program's, even one that is beyond its limit by now. */
int s5a_private_put(int fd, int number, int flags);
/* Closes one of ours; negative numbers are none. */
void s5a_private_close(int fd);
void s5a_private_close_at(void *fd); /* of an int: for pthread_cleanup_push */
bool s5a_is_private(int fd);
/* close_range() of the program around what is private: 0 or -errno. */
int s5a_private_close_range(unsigned first, unsigned last, int flags);
/* A keeper (keeper.h) does not have this one, which is of no use without a thread of this process. */
void s5a_private_leave(int fd);
/* In a keeper: closes those. */
void s5a_private_close_left(void);
/* The child of a fork keeps this one, too. */
void s5a_private_keep(int fd);
/* In the child of a fork: closes all others. */
void s5a_private_forget(void);

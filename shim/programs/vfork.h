/* Children that run on their parent's memory until they execute (vfork, clone with CLONE_VM). */
#pragma once

#include <stdbool.h>

/* True in such a child: nothing but its own stack may be written then, no lock taken. Also true
 * in a child of a raw clone system call that bypassed libc's fork. Two cheap calls. */
bool s5a_in_vfork_child(void);

/* Listeners at a proxy that an exec has cut off: their session went with the program that had made them. */
#pragma once

/* Once, when what an exec has handed on is known: who would wait at one for ever is told that it has ended, as
 * shutdown() does (accept() is EINVAL, polls show it), with a line in the log. Without the lock.
 * Preserves errno. */
void s5a_inherited_end(void);

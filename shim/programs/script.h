/* The first line of a script, as fs/binfmt_script.c reads it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { S5A_SCRIPT_HEAD = 256 }; /* what the kernel looks at */

/* Copies the interpreter's path out of the first bytes of a file; `len` at most
 * S5A_SCRIPT_HEAD, fewer only where the file ends there. False where the kernel would not run it:
 * no "#!", no interpreter, or one cut off at the end of the head. Pure. */
bool s5a_script_interpreter(const char *head, size_t len, char out[static S5A_SCRIPT_HEAD]);

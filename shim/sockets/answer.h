/* Answers of socket calls, as the kernel gives them. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

/* Copies as much as fits; `*len` becomes the true length (addresses), or with `cut` the copied one
 * (options). 0, -EFAULT or -EINVAL. */
int s5a_answer(const void *from, socklen_t whole, void *to, socklen_t *len, bool cut);
int s5a_answer_integer(int value, void *to, socklen_t *len);

/* Answers of socket calls. */
#include "shim/sockets/answer.h"

#include <errno.h>
#include <string.h>

int s5a_answer(const void *from, socklen_t whole, void *to, socklen_t *len, bool cut)
{
    if (to == NULL || len == NULL)
        return -EFAULT;
    if ((int)*len < 0)
        return -EINVAL;
    socklen_t copied = *len < whole ? *len : whole;
    memcpy(to, from, copied);
    *len = cut ? copied : whole;
    return 0;
}

int s5a_answer_integer(int value, void *to, socklen_t *len)
{
    return s5a_answer(&value, sizeof value, to, len, true);
}

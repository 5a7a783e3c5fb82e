/* Secrets: wiping, comparing, holding. */
#include "protocol/secret.h"

#include <string.h>

void s5a_wipe(void *memory, size_t len)
{
    if (len > 0)
        explicit_bzero(memory, len);
}

bool s5a_equal_ct(const void *a, const void *b, size_t len)
{
    /* volatile: the compiler may not stop at the first difference */
    const volatile uint8_t *x = a;
    const volatile uint8_t *y = b;
    uint8_t differ = 0;
    for (size_t i = 0; i < len; i++)
        differ = (uint8_t)(differ | (x[i] ^ y[i]));
    return differ == 0;
}

/* `bytes` may lie inside `secret`, so move first and wipe what is left behind it. */
bool s5a_secret_set(struct s5a_secret *secret, struct s5a_span bytes)
{
    if (bytes.len > S5A_SECRET_MAX) {
        s5a_secret_wipe(secret);
        return false;
    }
    if (bytes.len > 0)
        memmove(secret->bytes, bytes.at, bytes.len);
    secret->len = (uint8_t)bytes.len;
    s5a_wipe(secret->bytes + bytes.len, S5A_SECRET_MAX - bytes.len);
    return true;
}

void s5a_secret_wipe(struct s5a_secret *secret)
{
    s5a_wipe(secret, sizeof(*secret));
}

struct s5a_span s5a_secret_span(const struct s5a_secret *secret)
{
    return (struct s5a_span){ secret->bytes, secret->len };
}

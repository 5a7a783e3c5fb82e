/* Time-based one-time passwords. */
#include "protocol/crypto/totp.h"

#include "protocol/crypto/sha1.h"
#include "protocol/secret.h"

uint64_t s5a_totp_counter(const struct s5a_totp *totp, uint64_t now)
{
    return now < totp->t0 ? 0 : (now - totp->t0) / totp->step;
}

/* RFC 4226, section 5.3: dynamic truncation to 31 bits */
static uint32_t truncate(const uint8_t hmac[static S5A_SHA1_LEN])
{
    struct s5a_reader r;
    s5a_reader_init(&r, hmac, S5A_SHA1_LEN);
    s5a_read_span(&r, hmac[S5A_SHA1_LEN - 1] & 0x0f);
    return s5a_read_u32(&r) & 0x7fffffff;
}

void s5a_totp_code(char code[static S5A_TOTP_DIGITS_MAX], const struct s5a_totp *totp,
                   uint64_t counter)
{
    uint8_t moving[8], hmac[S5A_SHA1_LEN];
    struct s5a_writer w;
    s5a_writer_init(&w, moving, sizeof(moving));
    s5a_write_u64(&w, counter);
    s5a_hmac_sha1(hmac, totp->secret, (struct s5a_span){ moving, sizeof(moving) });
    uint32_t number = truncate(hmac);
    for (size_t i = totp->digits; i > 0; i--) {
        code[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    s5a_wipe(hmac, sizeof(hmac));
}

/* All steps of the window are tried, whichever fits. */
bool s5a_totp_verify(const struct s5a_totp *totp, struct s5a_span code, uint64_t now,
                     unsigned window, uint64_t last, uint64_t *counter)
{
    uint64_t middle = s5a_totp_counter(totp, now);
    char expected[S5A_TOTP_DIGITS_MAX];
    bool fits = false;
    *counter = 0;
    if (code.len != totp->digits)
        return false;
    uint64_t from = middle > window ? middle - window : 0;
    for (uint64_t step = from; step <= middle + window; step++) {
        s5a_totp_code(expected, totp, step);
        bool same = s5a_equal_ct(expected, code.at, code.len);
        if (same && step > last) {
            fits = true;
            *counter = step;
        }
    }
    s5a_wipe(expected, sizeof(expected));
    return fits;
}

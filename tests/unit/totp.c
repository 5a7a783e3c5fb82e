/* Time-based codes: those of auth.json (RFC 6238 among them), the window, each code once. */
#include "protocol/crypto/totp.h"

#include "tests/unit/span.h"
#include "tests/unit/vector_file.h"

static struct s5a_totp six_digits(void)
{
    return (struct s5a_totp){ SPAN("12345678901234567890"), 6, S5A_TOTP_STEP, 0 };
}

static struct s5a_totp totp_of(const json_t *entry)
{
    struct s5a_totp totp = six_digits();
    totp.secret = vector_bytes(entry, "secret");
    totp.digits = (uint8_t)vector_number(entry, "digits");
    if (json_object_get(entry, "step"))
        totp.step = (uint32_t)vector_number(entry, "step");
    totp.t0 = (uint64_t)vector_number(entry, "T0");
    return totp;
}

Test(totp, codes_of_the_vectors_are_reproduced)
{
    json_t *file = vector_file("auth"), *entry;
    size_t i;
    json_array_foreach(json_object_get(file, "totp"), i, entry)
    {
        struct s5a_totp totp = totp_of(entry);
        char code[S5A_TOTP_DIGITS_MAX + 1] = "";
        uint64_t counter = s5a_totp_counter(&totp, (uint64_t)vector_number(entry, "time"));
        cr_expect_eq(counter, (uint64_t)vector_number(entry, "counter"));
        s5a_totp_code(code, &totp, counter);
        cr_expect_str_eq(code, vector_text(entry, "code"));
    }
    cr_expect_gt(i, 0);
    json_decref(file);
}

/* The verdict on the code of step 100 at a time in step `now`. */
static bool fits(uint64_t now, uint64_t last, uint64_t *counter)
{
    struct s5a_totp totp = six_digits();
    char code[S5A_TOTP_DIGITS_MAX];
    s5a_totp_code(code, &totp, 100);
    return s5a_totp_verify(&totp, (struct s5a_span){ (uint8_t *)code, 6 }, now * S5A_TOTP_STEP, 1,
                           last, counter);
}

Test(totp, one_step_to_either_side_is_taken)
{
    uint64_t counter;
    cr_expect_not(fits(98, 0, &counter));
    cr_expect(fits(99, 0, &counter));
    cr_expect_eq(counter, 100);
    cr_expect(fits(100, 0, &counter));
    cr_expect(fits(101, 0, &counter));
    cr_expect_eq(counter, 100);
    cr_expect_not(fits(102, 0, &counter));
    cr_expect_eq(counter, 0);
}

Test(totp, code_that_was_taken_is_refused)
{
    uint64_t counter;
    cr_expect(fits(100, 99, &counter));
    cr_expect_not(fits(100, counter, &counter));
    cr_expect_not(fits(100, 101, &counter), "nor one from before it");
}

Test(totp, code_of_another_length_is_refused)
{
    struct s5a_totp totp = six_digits();
    uint64_t counter;
    char code[S5A_TOTP_DIGITS_MAX];
    s5a_totp_code(code, &totp, 1);
    cr_expect_not(
        s5a_totp_verify(&totp, (struct s5a_span){ (uint8_t *)code, 5 }, 30, 1, 0, &counter));
    cr_expect_not(s5a_totp_verify(&totp, (struct s5a_span){ NULL, 0 }, 30, 1, 0, &counter));
}

Test(totp, times_before_the_first_step_count_as_it)
{
    struct s5a_totp totp = six_digits();
    totp.t0 = 1000;
    cr_expect_eq(s5a_totp_counter(&totp, 5), 0);
    cr_expect_eq(s5a_totp_counter(&totp, 1030), 1);
}

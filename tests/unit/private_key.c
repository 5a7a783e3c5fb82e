/* Files of private keys. */
#include "client/login/private_key.h"

#include <criterion/criterion.h>

#include "protocol/crypto/keytext.h"
#include "tests/unit/span.h"

#define BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define END "-----END OPENSSH PRIVATE KEY-----\n"

/* ssh-keygen -t ed25519 -N '' */
#define PLAIN                                                                  \
    "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n" \
    "QyNTUxOQAAACBEqxEeGT1n6mgEyVmZ8Onlicd/nIAN97Fr85F3JKaUggAAAJAnsCK4J7Ai\n" \
    "uAAAAAtzc2gtZWQyNTUxOQAAACBEqxEeGT1n6mgEyVmZ8Onlicd/nIAN97Fr85F3JKaUgg\n" \
    "AAAECTBJwdywHuUB1c8vMIbgeTfFRAc2/Er8bUupnA7ksJAkSrER4ZPWfqaATJWZnw6eWJ\n" \
    "x3+cgA33sWvzkXckppSCAAAACWEgY29tbWVudAECAwQ=\n"
/* -N pass */
#define LOCKED                                                                 \
    "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABAU045nHy\n" \
    "lZX8FjQrGW+9+WAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIBf2hy9lBmkUaWyh\n" \
    "NZAvypFjBhW2cei2KroHtVoE5kc2AAAAkCtRbg1ZEN/5xohBFq9F3LWlwNCNWyLn1CP17D\n" \
    "D6XqdfrOMZvKfKfHchek/SAfS4AcA+3nL7/zZIY1XOOjkjLj4g/tjQF0AHAVXkLygBKmQd\n" \
    "Pq/VpHbFoQT8by7u+wsO1GJBN9mduYITOgpr+avIWZq98Jq/OgrbhKcXdZenYBZQbsnnNK\n" \
    "ChhNFF/4XktEhJQA==\n"
/* -t ecdsa */
#define OTHER                                                                  \
    "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAaAAAABNlY2RzYS\n" \
    "1zaGEyLW5pc3RwMjU2AAAACG5pc3RwMjU2AAAAQQQEGsULXm+CkzgCViz0b/cv2ERWaR8J\n" \
    "rhE0EgLpoxarkebhlYRAUfg/W4GutaEbBKHD2KaYXOKphk6LO4izPseJAAAAoGUNicdlDY\n" \
    "nHAAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBAQaxQteb4KTOAJW\n" \
    "LPRv9y/YRFZpHwmuETQSAumjFquR5uGVhEBR+D9bga61oRsEocPYpphc4qmGTos7iLM+x4\n" \
    "kAAAAgZn8Y69re1bk6DsKqhGxqE2z9sIigS+rE4MWJbgJppgcAAAABYQECAwQFBgc=\n"

static void expect_wrong(struct s5a_span file, const char *why)
{
    struct s5a_ed25519 key;
    static const struct s5a_ed25519 none;
    memset(&key, 1, sizeof key);
    cr_assert_str_eq(s5a_private_key_parse(&key, file), why);
    cr_assert(memcmp(&key, &none, sizeof key) == 0);
}

Test(private_key, openssh_without_a_pass_phrase)
{
    struct s5a_ed25519 key;
    uint8_t public[32];
    cr_assert(s5a_base64_parse(public, 32, SPAN("RKsRHhk9Z+poBMlZmfDp5YnHf5yADfexa/ORdySmlII=")));
    cr_assert_null(s5a_private_key_parse(&key, SPAN(BEGIN PLAIN END)));
    cr_assert_arr_eq(s5a_ed25519_public(&key).at, public, 32);
}

Test(private_key, own_line)
{
    struct s5a_key seed = { { 1, 2, 3 } };
    struct s5a_ed25519 key, expected;
    char line[S5A_KEYTEXT_LINE_CAP];
    s5a_keytext_format(line, S5A_KEYTEXT_PRIVATE, &seed);
    s5a_ed25519_from_seed(&expected, seed.bytes);
    cr_assert_null(s5a_private_key_parse(&key, span(line)));
    cr_assert(memcmp(&key, &expected, sizeof key) == 0);
}

Test(private_key, others_are_named)
{
    expect_wrong(SPAN(BEGIN LOCKED END), "an OpenSSH key with a pass phrase");
    expect_wrong(SPAN(BEGIN OTHER END), "an OpenSSH key that is not Ed25519");
    expect_wrong(SPAN(""), "neither a line of socks5a-keygen nor an OpenSSH private key");
    expect_wrong(SPAN("ssh-ed25519 AAAA"), "neither a line of socks5a-keygen nor an OpenSSH "
                                           "private key");
}

Test(private_key, every_cut_and_every_change_of_openssh_is_refused_or_the_same)
{
    char text[] = BEGIN PLAIN END;
    struct s5a_ed25519 key, whole;
    cr_assert_null(s5a_private_key_parse(&whole, span(text)));
    for (size_t len = 0; len < strlen(text) - 1; len++)
        cr_assert_not_null(s5a_private_key_parse(&key, (struct s5a_span){ (uint8_t *)text, len }));
    for (size_t at = strlen(BEGIN); at < strlen(BEGIN PLAIN); at++) {
        char before = text[at];
        text[at] = before == 'A' ? 'B' : 'A';
        if (s5a_private_key_parse(&key, span(text)) == NULL)
            cr_assert(memcmp(&key, &whole, sizeof key) == 0, "at %zu", at);
        text[at] = before;
    }
}

/* server/users: the file, and what is remembered of passwords. */
#include "server/users.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/span.h"

/* The cheapest that libsodium makes: what they cost is not the point here. */
static void make_hash(char hash[static S5AD_HASH_CAP], const char *password)
{
    cr_assert_geq(sodium_init(), 0);
    cr_assert_eq(crypto_pwhash_str(hash, password, strlen(password), crypto_pwhash_OPSLIMIT_MIN,
                                   crypto_pwhash_MEMLIMIT_MIN),
                 0);
}

static struct s5ad_users *load(const char *text, mode_t mode, struct s5ad_problem *problem)
{
    char path[] = "/tmp/server-users-XXXXXX";
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    cr_assert_eq(fchmod(fd, mode), 0);
    close(fd);
    cr_assert_geq(sodium_init(), 0);
    struct s5ad_users *users = s5ad_users_load(path, problem);
    unlink(path);
    return users;
}

static struct s5ad_users *load_two(char first[static S5AD_HASH_CAP],
                                   char second[static S5AD_HASH_CAP])
{
    char text[1024];
    struct s5ad_problem problem = { "" };
    make_hash(first, "one");
    make_hash(second, "two");
    snprintf(text, sizeof text,
             "# people\n[user alice]\npassword = %s\n\n[user bob b]\npassword=%s\n", first, second);
    struct s5ad_users *users = load(text, 0600, &problem);
    cr_assert_not_null(users, "%s", problem.text);
    return users;
}

static struct s5a_secret secret(const char *text)
{
    struct s5a_secret password;
    cr_assert(s5a_secret_set(&password, span(text)));
    return password;
}

Test(server_users, hash_of_a_user_is_found)
{
    char first[S5AD_HASH_CAP], second[S5AD_HASH_CAP], found[S5AD_HASH_CAP];
    struct s5ad_users *users = load_two(first, second);
    cr_expect(s5ad_users_hash(users, SPAN("alice"), 0, found));
    cr_expect_str_eq(found, first);
    cr_expect(s5ad_users_hash(users, SPAN("bob b"), 0, found));
    cr_expect_str_eq(found, second);
    s5ad_users_free(users);
}

Test(server_users, unknown_user_gets_a_hash_of_the_same_cost)
{
    char first[S5AD_HASH_CAP], second[S5AD_HASH_CAP], found[S5AD_HASH_CAP];
    struct s5ad_users *users = load_two(first, second);
    struct s5a_span unknown[] = { SPAN("mallory"), SPAN(""), SPAN("alice\0"), SPAN("Alice") };
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        cr_expect_not(s5ad_users_hash(users, unknown[i], 0, found));
        cr_expect(strcmp(found, first) == 0 || strcmp(found, second) == 0);
    }
    s5ad_users_free(users);
}

Test(server_users, password_proven_once_is_remembered)
{
    char first[S5AD_HASH_CAP], second[S5AD_HASH_CAP];
    struct s5ad_users *users = load_two(first, second);
    struct s5a_secret right = secret("one"), wrong = secret("onf");
    cr_expect_not(s5ad_users_is_proven(users, SPAN("alice"), 0, &right));
    s5ad_users_prove(users, SPAN("alice"), first, &right);
    cr_expect(s5ad_users_is_proven(users, SPAN("alice"), 0, &right));
    cr_expect_not(s5ad_users_is_proven(users, SPAN("alice"), 0, &wrong));
    cr_expect_not(s5ad_users_is_proven(users, SPAN("bob b"), 0, &right));
    cr_expect_not(s5ad_users_is_proven(users, SPAN("mallory"), 0, &right));
    s5ad_users_free(users);
}

Test(server_users, proof_of_an_old_hash_is_not_taken)
{
    char first[S5AD_HASH_CAP], second[S5AD_HASH_CAP];
    struct s5ad_users *users = load_two(first, second);
    struct s5a_secret password = secret("one");
    s5ad_users_prove(users, SPAN("alice"), second, &password);
    cr_expect_not(s5ad_users_is_proven(users, SPAN("alice"), 0, &password));
    s5ad_users_free(users);
}

Test(server_users, file_that_others_can_read_is_refused)
{
    static const mode_t modes[] = { 0640, 0604, 0620, 0601 };
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct s5ad_problem problem = { "" };
        cr_expect_null(load("", modes[i], &problem), "%o", (unsigned)modes[i]);
        cr_expect(strstr(problem.text, "0600"), "%s", problem.text);
    }
}

static void expect_problem(const char *text, const char *line, const char *what)
{
    struct s5ad_problem problem = { "" };
    cr_expect_null(load(text, 0600, &problem), "%s", text);
    cr_expect(strstr(problem.text, line), "%s", problem.text);
    cr_expect(strstr(problem.text, what), "%s", problem.text);
}

Test(server_users, errors_name_line_and_expectation)
{
    char hash[S5AD_HASH_CAP], text[1024];
    make_hash(hash, "x");
    expect_problem("[user a]\npassword = plain\n", ":2:", "--hash-password");
    expect_problem("\n\n[people]\npassword = x\n", ":4:", "[user NAME]");
    expect_problem("[user ]\npassword = x\n", ":2:", "[user NAME]");
    expect_problem("[user a]\npasswort = x\n", ":2:", "\"password\"");
    expect_problem("[user a]\npassword = $argon2id$broken\n", ":2:", "--hash-password");
    expect_problem("[user a]\nnonsense\n", ":2:", "name = value");
    snprintf(text, sizeof text, "[user a]\npassword = %s\n[user a]\npassword = %s\n", hash, hash);
    expect_problem(text, ":4:", "second time");
    memset(text, 'x', 300);
    strcpy(text + 300, "\n");
    expect_problem(text, ":1:", "too long");
}

Test(server_users, indented_line_is_not_part_of_the_one_before)
{
    char hash[S5AD_HASH_CAP], text[512];
    struct s5ad_problem problem = { "" };
    make_hash(hash, "x");
    snprintf(text, sizeof text, "[user a]\n    password = %s\n", hash);
    struct s5ad_users *users = load(text, 0600, &problem);
    cr_expect_not_null(users, "%s", problem.text);
    s5ad_users_free(users);
}

Test(server_users, empty_file_knows_nobody)
{
    char hash[S5AD_HASH_CAP];
    struct s5ad_problem problem = { "" };
    struct s5ad_users *users = load("", 0600, &problem);
    cr_assert_not_null(users, "%s", problem.text);
    cr_expect_not(s5ad_users_hash(users, SPAN("alice"), 0, hash));
    cr_expect_str_eq(hash, "");
    s5ad_users_free(users);
}

/* ---- what EAF wants ---- */

#define ONE "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" /* bytes 0, 1, 2 … */
#define TWO "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
#define SALT "AAECAwQFBgcICQoLDA0ODw=="

static struct s5ad_users *load_good(const char *text)
{
    struct s5ad_problem problem = { "" };
    struct s5ad_users *users = load(text, 0600, &problem);
    cr_assert_not_null(users, "%s", problem.text);
    return users;
}

Test(server_users, sections_hold_all_credentials)
{
    uint64_t expires;
    uint8_t one[32];
    struct s5ad_users *users =
        load_good("[user alice]\npublic_key = " TWO "\npublic_key = " ONE "  expires=2030-01-01\n"
                  "scram = 2:19456:" SALT ":" ONE ":" TWO "\ntotp = GEZD GNBV GY3T QOJQ\n"
                  "token = " ONE "\nexpires = 2031-12-31\ndisabled = yes\nrequire = all\n");
    struct s5ad_user *alice = s5ad_users_find(users, SPAN("alice"));
    cr_assert_not_null(alice);
    for (uint8_t i = 0; i < sizeof one; i++)
        one[i] = i;
    cr_expect_eq(s5ad_users_find_shown(users, S5A_MID_PUBLICKEY, one, &expires), alice);
    cr_expect_eq(expires, 1893456000);
    cr_expect_eq(s5ad_users_find_shown(users, S5A_MID_TOKEN, one, &expires), alice);
    cr_expect_eq(expires, 0);
    one[0] = 9;
    cr_expect_null(s5ad_users_find_shown(users, S5A_MID_TOKEN, one, &expires));
    cr_expect(alice->has_scram);
    cr_expect_eq(alice->scram.mem_kib, 19456);
    cr_expect_eq(alice->verifier.server.bytes[0], 1);
    cr_expect_eq(alice->totp_len, 10);
    cr_expect_eq(alice->expires, 1956441600);
    cr_expect(alice->disabled);
    cr_expect_eq(alice->policy.kind, S5AD_POLICY_ALL);
    cr_expect(s5a_span_equal(s5ad_users_name(alice), SPAN("alice")));
    cr_expect_null(s5ad_users_find(users, SPAN("bob")));
    s5ad_users_free(users);
}

Test(server_users, wrong_credentials_name_line_and_expectation)
{
    static const char *const wrong[][2] = {
        { "public_key = AAEC", "Base64" },
        { "public_key = " ONE " until=2030-01-01", "expires=YYYY-MM-DD" },
        { "public_key = " ONE " expires=2030-02-31", "expires=YYYY-MM-DD" },
        { "public_key = " ONE " expires=30-01-01", "expires=YYYY-MM-DD" },
        { "token = secret", "Base64" },
        { "totp = 12", "Base32" },
        { "totp = MZXW6YTB", "10 to 64" },
        { "scram = 1:19456:" SALT ":" ONE ":" TWO, "socks5a-keygen password" },
        { "scram = 2:1024:" SALT ":" ONE ":" TWO, "socks5a-keygen password" },
        { "scram = 2:19456:" ONE ":" ONE ":" TWO, "socks5a-keygen password" },
        { "scram = 2:19456:" SALT ":" ONE, "socks5a-keygen password" },
        { "scram = 2:19456:" SALT ":" ONE ":" TWO ":", "socks5a-keygen password" },
        { "scram = 2:99999999999:" SALT ":" ONE ":" TWO, "socks5a-keygen password" },
        { "expires = tomorrow", "YYYY-MM-DD" },
        { "disabled = maybe", "yes or no" },
        { "require = keys", "chain METHOD" },
        { "allow = 10.0.0.1/8", "zeros behind" },
        { "key = x", "public_key" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[512];
        snprintf(text, sizeof text, "[user a]\n%s\n", wrong[i][0]);
        expect_problem(text, ":2:", wrong[i][1]);
    }
}

Test(server_users, key_or_token_belongs_to_one_user)
{
    expect_problem("[user a]\ntoken = " ONE "\n[user b]\ntoken = " ONE "\n", ":4:", "already");
    expect_problem("[user a]\npublic_key = " ONE "\npublic_key = " ONE "\n", ":3:", "already");
    s5ad_users_free(load_good("[user a]\npublic_key = " ONE "\ntoken = " ONE "\n"));
}

Test(server_users, policy_of_methods_that_are_not_there_is_refused)
{
    expect_problem("[user a]\nrequire = token\npublic_key = " ONE "\n", "user \"a\"", "require");
    s5ad_users_free(load_good("[user a]\nrequire = token\ntoken = " ONE "\n"));
}

/* Method 02 has but one credential, and knows disabled users and dates. */
Test(server_users, password_in_clear_is_not_enough_for_everybody)
{
    static const char *const more[] = { "totp = GEZDGNBVGY3TQOJQ", "disabled = yes",
                                        "expires = 2001-01-01" };
    char hash[S5AD_HASH_CAP], found[S5AD_HASH_CAP], text[512];
    make_hash(hash, "x");
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        snprintf(text, sizeof text, "[user a]\npassword = %s\n%s\n", hash, more[i]);
        struct s5ad_users *users = load_good(text);
        cr_expect_not(s5ad_users_hash(users, SPAN("a"), 1800000000, found), "%s", more[i]);
        cr_expect_str_eq(found, hash, "at the same cost");
        s5ad_users_free(users);
    }
}

/* As much of Criterion as the suites with threads use, for the thread sanitizer: Criterion's own
 * memory cannot be where the sanitizer's is. A test runs in a process of its own here, too. */
#pragma once

#include <stdbool.h>
#include <string.h>

struct lab_settings {
    void (*init)(void);
    void (*fini)(void);
    double timeout;
};

struct lab_test {
    const char *suite;
    const char *name;
    void (*run)(void);
    const struct lab_settings *of_suite;
    struct lab_test *next;
};

void lab_register(struct lab_test *test);
_Noreturn void lab_fail(const char *file, int line, const char *what);

#define TestSuite(suite, ...)                                                               \
    __attribute__((                                                                         \
        unused)) static const struct lab_settings suite##_settings_given = { __VA_ARGS__ }; \
    static const struct lab_settings *const suite##_settings = &suite##_settings_given

#define Test(suite_of, name_of, ...)                                               \
    static void suite_of##_##name_of(void);                                        \
    __attribute__((constructor)) static void suite_of##_##name_of##_known(void)    \
    {                                                                              \
        static struct lab_test test = { #suite_of, #name_of, suite_of##_##name_of, \
                                        suite_of##_settings, NULL };               \
        lab_register(&test);                                                       \
    }                                                                              \
    static void suite_of##_##name_of(void)

#define lab_check(condition, ...) ((condition) ? (void)0 : lab_fail(__FILE__, __LINE__, #condition))
#define cr_assert(...) lab_check_first(__VA_ARGS__, "")
#define lab_check_first(condition, ...) lab_check(condition)
#define cr_assert_not(...) lab_check_not(__VA_ARGS__, "")
#define lab_check_not(condition, ...) lab_check(!(condition))
#define cr_assert_eq(a, ...) lab_check_two(a, ==, __VA_ARGS__, "")
#define cr_assert_neq(a, ...) lab_check_two(a, !=, __VA_ARGS__, "")
#define cr_assert_geq(a, ...) lab_check_two(a, >=, __VA_ARGS__, "")
#define cr_assert_leq(a, ...) lab_check_two(a, <=, __VA_ARGS__, "")
#define cr_assert_gt(a, ...) lab_check_two(a, >, __VA_ARGS__, "")
#define cr_assert_lt(a, ...) lab_check_two(a, <, __VA_ARGS__, "")
#define lab_check_two(a, relation, b, ...) lab_check((a)relation(b))
#define cr_assert_null(a) lab_check((a) == NULL)
#define cr_assert_not_null(a) lab_check((a) != NULL)
#define cr_assert_arr_eq(a, b, len) lab_check(memcmp(a, b, len) == 0)
#define cr_assert_str_eq(a, ...) lab_check_text(a, __VA_ARGS__, "")
#define lab_check_text(a, b, ...) lab_check(strcmp(a, b) == 0)

/* The values of settings, read from text. */
#include "server/value.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "server/handshake.h"

bool s5ad_value_wrong(struct s5ad_problem *problem, const char *value, const char *what)
{
    return s5ad_problem_set(problem, "found \"%.200s\", expected %s", value, what);
}

bool s5ad_value_text(char **to, const char *value, struct s5ad_problem *problem)
{
    char *copy = strdup(value);
    if (!copy)
        return s5ad_problem_set(problem, "out of memory");
    free(*to);
    *to = copy;
    return true;
}

bool s5ad_value_switch(bool *to, const char *value, struct s5ad_problem *problem)
{
    bool yes = !strcmp(value, "yes") || !strcmp(value, "true") || !strcmp(value, "1");
    bool no = !strcmp(value, "no") || !strcmp(value, "false") || !strcmp(value, "0");
    *to = yes;
    return yes || no || s5ad_value_wrong(problem, value, "yes or no");
}

/* Digits at the front of `value`; what follows them in `*rest`, NULL where there are none. */
static unsigned long read_digits(const char *value, char **rest)
{
    *rest = NULL;
    return *value >= '0' && *value <= '9' ? strtoul(value, rest, 10) : 0;
}

bool s5ad_value_number(const char *text, unsigned long max, unsigned long *out)
{
    char *rest;
    *out = read_digits(text, &rest);
    return rest && !*rest && *out <= max;
}

bool s5ad_value_count(unsigned *to, const char *value, struct s5ad_problem *problem)
{
    unsigned long number;
    bool is_number = s5ad_value_number(value, INT_MAX, &number);
    *to = (unsigned)number;
    return is_number || s5ad_value_wrong(problem, value, "a number");
}

bool s5ad_value_descriptor(int *to, const char *value, struct s5ad_problem *problem)
{
    unsigned number = 0;
    bool set = s5ad_value_count(&number, value, problem);
    *to = (int)number;
    return set;
}

bool s5ad_value_duration(uint64_t *to, const char *value, struct s5ad_problem *problem)
{
    char *rest;
    unsigned long number = read_digits(value, &rest);
    bool seconds = rest && (!*rest || !strcmp(rest, "s"));
    bool unit = rest && (seconds || !strcmp(rest, "ms"));
    *to = (uint64_t)number * (seconds ? 1000 : 1);
    return (unit && number > 0 && number <= INT_MAX) ||
           s5ad_value_wrong(problem, value, "seconds (10, 10s) or milliseconds (500ms), above 0");
}

bool s5ad_value_level(enum s5ad_log_level *to, const char *value, struct s5ad_problem *problem)
{
    static const char *const names[] = { "error", "warning", "info", "debug" };
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strcmp(value, names[i])) {
            *to = (enum s5ad_log_level)i;
            return true;
        }
    return s5ad_value_wrong(problem, value, "error, warning, info or debug");
}

static unsigned find_method(const char *name, size_t len)
{
    static const struct {
        const char *name;
        enum s5ad_offer offer;
    } methods[] = {
        { "tol", S5AD_OFFER_TOL },     { "eaf", S5AD_OFFER_EAF },
        { "chain", S5AD_OFFER_CHAIN }, { "password", S5AD_OFFER_PASSWORD },
        { "none", S5AD_OFFER_NONE },
    };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (strlen(methods[i].name) == len && strncmp(methods[i].name, name, len) == 0)
            return methods[i].offer;
    return 0;
}

bool s5ad_value_methods(unsigned *to, const char *value, struct s5ad_problem *problem)
{
    const char *at = value;
    *to = 0;
    for (;;) {
        at += strspn(at, " \t");
        size_t len = strcspn(at, ", \t");
        unsigned method = find_method(at, len);
        *to |= method;
        at += len;
        at += strspn(at, " \t");
        if (!method || (*at && *at != ','))
            return s5ad_value_wrong(problem, value, "some of tol, eaf, chain, password, none");
        if (!*at++)
            return true;
    }
}

bool s5ad_value_ports(uint16_t *low, uint16_t *high, const char *value,
                      struct s5ad_problem *problem)
{
    char first[8] = "";
    unsigned long from = 0, to = 0;
    size_t len = strcspn(value, "-");
    if (len < sizeof first)
        memcpy(first, value, len);
    const char *last = value[len] == '-' ? value + len + 1 : first;
    if (!s5ad_value_number(first, UINT16_MAX, &from) || !s5ad_value_number(last, UINT16_MAX, &to) ||
        from == 0 || to < from)
        return s5ad_value_wrong(problem, value, "LOW-HIGH, two ports");
    *low = (uint16_t)from;
    *high = (uint16_t)to;
    return true;
}

/* Section [tol]. */
#include "server/tol/config.h"

#include <string.h>

#include "protocol/eaf/capabilities.h"
#include "server/value.h"

enum {
    DUMMY_MIN_MS = 10, /* however often a client wants them */
    JITTER_MAX_MS = 10000,
    BUDGET_MAX = 255, /* percent */
};

/* ---- keys ---- */

static bool set_least(struct s5ad_tol_config *config, const char *value,
                      struct s5ad_problem *problem)
{
    return s5ad_tol_level_parse(&config->least.level, value, problem);
}

static bool set_mode(struct s5ad_tol_config *config, const char *value,
                     struct s5ad_problem *problem)
{
    return s5ad_tol_mode_parse(&config->least.sealed, value, problem);
}

static bool set_level(struct s5ad_tol_config *config, const char *value,
                      struct s5ad_problem *problem)
{
    return s5ad_tol_level_parse(&config->level, value, problem) &&
           (config->level != S5AD_TOL_OFF ||
            s5ad_value_wrong(problem, value, "bare, padding, jitter, masking or full"));
}

/* The next word, between blanks, taken off the text; "" at its end, or where it is too long. */
static void take_word(const char **at, char word[static 16])
{
    *at += strspn(*at, " \t");
    size_t len = strcspn(*at, " \t");
    word[0] = '\0';
    if (len >= 16)
        return;
    memcpy(word, *at, len);
    word[len] = '\0';
    *at += len;
    *at += strspn(*at, " \t");
}

static bool take_number(const char **at, unsigned long max, unsigned long *out)
{
    char word[16];
    take_word(at, word);
    return s5ad_value_number(word, max, out);
}

static bool set_padding(struct s5ad_tol_config *config, const char *value,
                        struct s5ad_problem *problem)
{
    const char *at = value;
    for (int i = 0; i < S5A_TOL_PADDING_ROWS; i++) {
        unsigned long total;
        if (!take_number(&at, S5A_TOL_PADDING_MAX, &total))
            return s5ad_value_wrong(problem, value,
                                    "three numbers of bytes from 0 to 4096, for payloads of up to "
                                    "128 bytes, up to 512, and more");
        config->shape.padding[i].total_max = (uint16_t)total;
    }
    return *at == '\0' || s5ad_value_wrong(problem, value, "three numbers of bytes, and no more");
}

/* "MIN-MAX" */
static bool take_range(const char **at, struct s5a_tol_delay *delay)
{
    unsigned long min = 0, max = 0;
    char word[16];
    take_word(at, word);
    char *dash = strchr(word, '-');
    if (!dash)
        return false;
    *dash = '\0';
    if (!s5ad_value_number(word, JITTER_MAX_MS, &min) ||
        !s5ad_value_number(dash + 1, JITTER_MAX_MS, &max) || min >= max)
        return false;
    delay->min = (uint16_t)min;
    delay->max = (uint16_t)max;
    return true;
}

static bool take_distribution(const char **at, uint8_t *mode)
{
    static const char *const names[] = { "uniform", "normal", "exponential" };
    char word[16];
    take_word(at, word);
    for (uint8_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(word, names[i]) == 0) {
            *mode = i;
            return true;
        }
    return false;
}

static bool set_jitter(struct s5ad_tol_config *config, const char *value,
                       struct s5ad_problem *problem)
{
    const char *at = value;
    struct s5a_tol_delay *delay = &config->shape.delay;
    bool good = take_range(&at, delay) && (*at == '\0' || take_distribution(&at, &delay->mode));
    return (good && *at == '\0') ||
           s5ad_value_wrong(problem, value,
                            "MIN-MAX in ms, at most 10000, and at most one of uniform, normal, "
                            "exponential");
}

static bool set_number(unsigned *to, const char *value, unsigned max, const char *what,
                       struct s5ad_problem *problem)
{
    unsigned long number = 0;
    bool good = s5ad_value_number(value, max, &number);
    *to = (unsigned)number;
    return good || s5ad_value_wrong(problem, value, what);
}

static bool set_dummies(struct s5ad_tol_config *config, const char *value,
                        struct s5ad_problem *problem)
{
    unsigned number;
    bool good = set_number(&number, value, UINT16_MAX, "ms from 0 (none) to 65535", problem);
    config->shape.dummy = number;
    return good;
}

static bool set_budget(struct s5ad_tol_config *config, const char *value,
                       struct s5ad_problem *problem)
{
    unsigned number;
    bool good = set_number(&number, value, BUDGET_MAX, "percent from 0 to 255", problem);
    config->shape.budget_percent = (uint8_t)number;
    return good;
}

static bool set_delay_max(struct s5ad_tol_config *config, const char *value,
                          struct s5ad_problem *problem)
{
    unsigned number;
    bool good = set_number(&number, value, JITTER_MAX_MS, "ms from 0 to 10000", problem);
    config->shape.delay_max = (uint16_t)number;
    return good;
}

static const struct {
    const char *key;
    bool (*set)(struct s5ad_tol_config *config, const char *value, struct s5ad_problem *problem);
} keys[] = {
    { "tol", set_least },           { "tol_mode", set_mode },
    { "tol_type", set_level },      { "tol_padding", set_padding },
    { "tol_jitter", set_jitter },   { "tol_delay_max", set_delay_max },
    { "tol_dummies", set_dummies }, { "tol_budget", set_budget },
};

void s5ad_tol_config_init(struct s5ad_tol_config *config)
{
    *config = (struct s5ad_tol_config){
        .least = { .level = S5AD_TOL_OFF, .sealed = true },
        .level = S5AD_TOL_PADDING,
    };
    s5a_tol_shape_default(&config->shape, S5A_TOL_PADDING);
}

bool s5ad_tol_config_set(struct s5ad_tol_config *config, const char *key, const char *value,
                         struct s5ad_problem *problem)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(keys[i].key, key) == 0)
            return keys[i].set(config, value, problem);
    return s5ad_problem_set(problem, "unknown key \"%.60s\"", key);
}

/* ---- one session ---- */

/* Where bit 6 is not both sides', nothing but TYPE 00 is sent. */
struct s5ad_tol_session s5ad_tol_config_meet(const struct s5ad_tol_config *config, uint8_t level,
                                             const struct s5a_session_params *wishes,
                                             uint32_t capabilities)
{
    struct s5ad_tol_session session = {
        .sealed = capabilities & S5A_CAPABILITY(S5A_CAP_SEALED_TOL),
        .shape = config->shape,
    };
    session.shape.type = S5A_TOL_BARE;
    session.shape.dummy = 0;
    if (!(capabilities & S5A_CAPABILITY(S5A_CAP_TOL)))
        return session;
    uint8_t least = level > config->least.level ? level : config->least.level;
    session.type = s5ad_tol_type(least, config->level);
    session.dummy = (uint16_t)config->shape.dummy;
    session.shape.type = session.type;
    session.shape.dummy = config->shape.dummy;
    if (wishes && wishes->has_tol)
        s5a_tol_shape_wish(&session.shape, wishes->type, wishes->dummy, DUMMY_MIN_MS);
    return session;
}
